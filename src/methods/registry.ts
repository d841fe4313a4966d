// The methods there are. Whoever needs one asks here by id; nothing outside a method's own folder and views knows its name.
import { fault, type EngineFault } from '../errors';
import { cot } from './cot/cot';
import { direct } from './direct/direct';
import { dmlr } from './dmlr/dmlr';
import { ivtlr } from './ivtlr/ivtlr';
import type { Method } from './method';

export interface MethodRegistry {
  /** In the order in which they are offered; the first is the default. */
  readonly list: readonly Method[];
  /** The method with an id. Throws BAD_INPUT naming those there are. */
  get(id: string): Method;
  /** The same, or undefined. */
  find(id: string): Method | undefined;
}

/** Throws a TypeError when there is no method, or two have one id. */
export function createRegistry(methods: readonly Method[]): MethodRegistry {
  const byId = new Map(methods.map((method) => [method.id, method]));
  if (methods.length === 0 || byId.size < methods.length) throw new TypeError('methods must have ids of their own, and there must be one');
  return {
    list: methods,
    find: (id) => byId.get(id),
    get(id) {
      const method = byId.get(id);
      if (method === undefined) throw unknownMethod(id, methods);
      return method;
    },
  };
}

function unknownMethod(id: string, methods: readonly Method[]): EngineFault {
  const shown = id.length > 40 ? `${id.slice(0, 40)}…` : id;
  return fault('BAD_INPUT', `There is no method "${shown}".`, `Choose one of ${methods.map((method) => method.id).join(', ')}.`);
}

/** The methods that come with Noema. */
export const METHODS = createRegistry([dmlr, ivtlr, direct, cot]);
