// The methods there are. Whoever needs one asks here by id; nothing outside a method's own folder and views knows its name.
import { cot } from './cot/cot';
import { direct } from './direct/direct';
import { DMLR_ALIASES } from './dmlr/aliases';
import { dmlr } from './dmlr/dmlr';
import { IVTLR_ALIASES } from './ivtlr/aliases';
import { ivtlr } from './ivtlr/ivtlr';
import { ivtlrRecorded } from './ivtlr/recorded';
import { defineMethod } from './method';
import { createRegistry } from './method-registry';

/** The methods that come with Noema, whole; a page has them from `offered.ts`. */
export const METHODS = createRegistry([
  defineMethod({ ...dmlr, aliases: DMLR_ALIASES }),
  defineMethod({ ...ivtlr, ...ivtlrRecorded, aliases: IVTLR_ALIASES }),
  direct,
  cot,
]);
