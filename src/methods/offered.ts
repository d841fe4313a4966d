// The methods as a page offers them: without what only a command line asks, and what only recordings need of a method is fetched with the first
// of them, unless the first view plays one.
import { cot } from './cot/cot';
import { direct } from './direct/direct';
import { dmlr } from './dmlr/dmlr';
import { ivtlr } from './ivtlr/ivtlr';
import { createRegistry, type MethodRegistry } from './method-registry';

/** The methods that come with Noema, in the same order. */
export const OFFERED = createRegistry([
  dmlr,
  { ...ivtlr, recorded: async () => (await import('./ivtlr/recorded')).ivtlrRecorded },
  direct,
  cot,
]);

/** The same methods with all that recordings of one of them need; rejects as an import does. An unknown id needs nothing. */
export async function withRecorded(methods: MethodRegistry, id: string): Promise<MethodRegistry> {
  const own = methods.find(id);
  if (own?.recorded === undefined) return methods;
  const whole = { ...own, ...(await own.recorded()) };
  return createRegistry(methods.list.map((method) => (method === own ? whole : method)));
}
