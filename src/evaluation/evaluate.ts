// The loop of an evaluation: item by item, every arm on each, one line of the log for each item; a fault of one item stops no other.
import { fault, toEngineError, EngineFault, type EngineError } from '../errors';
import type { RunEvent } from '../events/events';
import { isTerminal } from '../events/kinds';
import { foldRun } from '../events/fold';
import type { Picture } from '../engine/run-source';
import type { MethodRegistry } from '../methods/method-registry';
import type { AbortSignalLike } from '../model/latent-model';
import type { Arm } from './arms';
import { isBad, type BadItem, type Item } from './dataset';
import type { ItemLine, ProblemLine } from './log';
import { measureRun, type ArmResult } from './measure';

/** Runs of one item, one for each arm in order: the same question about the same picture. */
export interface ItemRequest<P> {
  readonly picture: P;
  readonly question: string;
  /** See `Item`. */
  readonly focus: Item['focus'];
  readonly arms: readonly Arm[];
}

/** What an evaluation works with; whoever has a model, a file system or a page supplies it. */
export interface Evaluation<P = Picture> {
  readonly arms: readonly Arm[];
  readonly methods: MethodRegistry;
  /** Whether times are kept. */
  readonly times: boolean;
  /** Reads an item's picture. Rejects with an EngineFault when there is none. */
  picture(item: Item): Promise<P>;
  /**
   * Makes the runs of an item in order; they may share what they read of the prompt, but nothing with other items: results must not depend
   * on which items came before. Rejects with an EngineFault for what concerns all items, such as a model that does not load.
   *
   * @returns null when every run reached its terminal event, else what kept the first that did not from one.
   */
  ask(request: ItemRequest<P>, event: (arm: number, event: RunEvent) => void): Promise<EngineError | null>;
  /** Writes the item's line; it must be safe when this returns. */
  append(line: ItemLine | ProblemLine): void;
  /** Keeps a finished run as a whole, before its item's line is written; absent: runs are not kept. */
  keep?(item: Item, arm: Arm, events: readonly RunEvent[]): void;
  /** Lets whatever else waits have its turn, such as a person's wish to stop; called before each entry. */
  turn(): Promise<unknown>;
  readonly signal: AbortSignalLike;
}

/** How often an item is tried whose run failed in a way that may pass. */
const TRIES = 2;
/** So many items in a row whose runs fail: the next ones will too. */
const IN_A_ROW = 5;

/**
 * Evaluates entries in order.
 *
 * @returns `done`, or `stopped` when the signal was aborted: the item in progress has no line then.
 * @throws EngineFault what `ask` rejects with, or when too many items in a row fail; what `append` and `keep` throw.
 */
export async function evaluate<P>(entries: Iterable<Item | BadItem>, evaluation: Evaluation<P>): Promise<'done' | 'stopped'> {
  let inARow = 0;
  for (const entry of entries) {
    await evaluation.turn();
    if (evaluation.signal.aborted) return 'stopped';
    const line = await lineFor(entry, evaluation);
    if (line === null) return 'stopped';
    evaluation.append(line);
    inARow = line.type === 'problem' && line.kind === 'run' ? inARow + 1 : 0;
    if (inARow === IN_A_ROW && line.type === 'problem') throw allFail(line.message);
  }
  return 'done';
}

/** The line of one entry; null when it was stopped. */
async function lineFor<P>(entry: Item | BadItem, evaluation: Evaluation<P>): Promise<ItemLine | ProblemLine | null> {
  if (isBad(entry)) return { type: 'problem', place: entry.place, idx: entry.idx, kind: 'dataset', message: entry.problem };
  const { place, idx, family, split, prompt, solution, imagePath, options, fields } = entry;
  const problem = (kind: ProblemLine['kind'], what: string): ProblemLine => ({
    type: 'problem',
    place,
    idx,
    kind,
    message: `Item ${place + 1} (idx ${idx}): ${what}`,
  });
  let picture: P;
  try {
    picture = await evaluation.picture(entry);
  } catch (thrown) {
    if (!(thrown instanceof EngineFault)) throw thrown;
    return problem('picture', `${thrown.value.message} ${thrown.value.action}`);
  }
  for (let tried = 1; ; tried++) {
    const outcome = await askAll(entry, picture, evaluation);
    if (outcome === 'stopped') return null;
    if ('arms' in outcome) {
      const asked = { place, idx, family, split, prompt, solution, imagePath, options: options && [...options], fields: { ...fields } };
      return { type: 'item', ...asked, arms: outcome.arms };
    }
    const { arm, error } = outcome;
    if (error.retry && tried < TRIES) continue;
    const kind = error.code === 'BAD_IMAGE' ? 'picture' : 'run';
    return problem(kind, `${arm}: ${error.message}${error.detail === undefined ? '' : ` (${error.detail.slice(0, 300)})`}`);
  }
}

type Outcome = 'stopped' | { readonly arms: Record<string, ArmResult> } | { readonly arm: string; readonly error: EngineError };

async function askAll<P>(item: Item, picture: P, evaluation: Evaluation<P>): Promise<Outcome> {
  const { arms, methods, times } = evaluation;
  const all = arms.map((): RunEvent[] => []);
  const problem = await evaluation.ask(
    { picture, question: item.prompt, focus: item.focus, arms },
    (arm, event) => void all[arm].push(event),
  );
  const results: Record<string, ArmResult> = {};
  for (const [index, arm] of arms.entries()) {
    const last = all[index].findLast(isTerminal);
    const error = last?.type === 'failed' ? last.error : last === undefined ? (problem ?? noEnd()) : null;
    if (last?.type === 'cancelled' || error?.code === 'CANCELLED' || (error !== null && evaluation.signal.aborted)) return 'stopped';
    if (error !== null) return { arm: arm.name, error };
    try {
      results[arm.name] = measureRun(foldRun(all[index]), methods.get(arm.method), times);
    } catch (thrown) {
      return { arm: arm.name, error: toEngineError(thrown) };
    }
  }
  // Only runs of an item that is complete are kept.
  for (const [index, arm] of arms.entries()) evaluation.keep?.(item, arm, all[index]);
  return { arms: results };
}

function noEnd(): EngineError {
  return fault('PROTOCOL', 'The run ended without saying how.', 'Run again; if it happens again, report it.', { retry: true }).value;
}

function allFail(message: string): EngineFault {
  return fault(
    'INTERNAL',
    `${IN_A_ROW} items in a row could not be evaluated; the last one: ${message.replace(/\.$/, '')}.`,
    'Mend what stands in the way and start the same command again: finished items are kept, these are tried again.',
  );
}
