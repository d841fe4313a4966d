// Joins the logs of shards: every item of the range exactly once, in the order of the dataset, or a sentence about what is missing.
import { fault, type EngineFault } from '../errors';
import { shardRange } from './dataset';
import { headerDifference, loadedDifference, type Header, type Loaded } from './log';

/** What is known of a shard's log before its items are read. */
export interface ShardLog {
  /** For messages. */
  readonly name: string;
  readonly header: Header;
  readonly loaded: Loaded | null;
  /** Places of the dataset that have a line. */
  readonly places: ReadonlySet<number>;
}

export interface MergePlan {
  readonly header: Header;
  readonly loaded: Loaded | null;
  /** For each place of the range, in order, which log has it: an index into the shards. */
  readonly sources: readonly (readonly [place: number, shard: number])[];
}

/**
 * Checks that shards are parts of one evaluation and together hold all of it.
 *
 * @throws EngineFault BAD_INPUT for logs of different evaluations, a place that two have, or places that none has.
 */
export function planMerge(shards: readonly ShardLog[]): MergePlan {
  const [first, ...others] = shards;
  if (first === undefined) throw refuse('No log was named to merge.', 'Name the output folders of all shards.');
  for (const other of others) {
    const difference = headerDifference(first.header, other.header, ['shard']) ?? ofDifference(first.header, other.header);
    if (difference !== null) throw differs(first, other, difference);
    if (first.loaded !== null && other.loaded !== null) {
      const models = loadedDifference(first.loaded, other.loaded);
      if (models !== null) throw differs(first, other, models);
    }
  }
  const { range } = first.header;
  const sources = Array.from({ length: range.to - range.from }, (_, index) => placeIn(shards, range.from + index));
  const gaps = sources.flatMap((source, index) => (source === null ? [range.from + index] : []));
  if (gaps.length > 0) throw incomplete(shards, gaps);
  const begun = shards.map(({ header }) => header.begun).filter((time) => time !== null);
  return {
    header: { ...first.header, shard: { number: 1, of: 1 }, begun: begun.length === 0 ? null : begun.reduce((a, b) => (a < b ? a : b)) },
    loaded: shards.find(({ loaded }) => loaded !== null)?.loaded ?? null,
    sources: sources.filter((source) => source !== null),
  };
}

function placeIn(shards: readonly ShardLog[], place: number): readonly [number, number] | null {
  let found: number | null = null;
  for (const [index, { places }] of shards.entries()) {
    if (!places.has(place)) continue;
    if (found !== null) {
      throw refuse(`Item ${place + 1} is in ${shards[found].name} and in ${shards[index].name}.`, 'Name each shard once.');
    }
    found = index;
  }
  return found === null ? null : [place, found];
}

function ofDifference(a: Header, b: Header): string | null {
  return a.shard.of === b.shard.of ? null : `another number of shards (${a.shard.of} there, ${b.shard.of} here)`;
}

function incomplete(shards: readonly ShardLog[], gaps: readonly number[]): EngineFault {
  const { range, shard } = shards[0].header;
  const given = new Set(shards.map(({ header }) => header.shard.number));
  const absent = Array.from({ length: shard.of }, (_, index) => index + 1).filter((number) => {
    const { from, to } = shardRange(range, { number, of: shard.of });
    return !given.has(number) && from < to;
  });
  const whose = absent.length === 0 ? '' : ` No log of shard ${absent.slice(0, 10).join(', ')} of ${shard.of} was named.`;
  const shown = gaps.slice(0, 5).map((place) => place + 1);
  const items = `${gaps.length} of ${range.to - range.from} items are in no log (item ${shown.join(', ')}${gaps.length > 5 ? ', …' : ''}).`;
  return refuse(`${items}${whose}`, 'Let every shard finish, then name all their folders.');
}

function differs(a: ShardLog, b: ShardLog, difference: string): EngineFault {
  return refuse(`${b.name} is not of the same evaluation as ${a.name}: it has ${difference}.`, 'Name the shards of one evaluation.');
}

const refuse = (message: string, action: string): EngineFault => fault('BAD_INPUT', message, action);
