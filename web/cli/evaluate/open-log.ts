// The log of an output folder: begun, or gone on with when it is of the same evaluation.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Range } from '../../../src/evaluation/dataset';
import { LOG_FORMAT, headerDifference, type Header } from '../../../src/evaluation/log';
import { EngineFault } from '../../../src/errors';
import { formatPlural } from '../../../src/text/format';
import { UsageError } from '../command';
import { reasonOf } from '../output';
import type { DatasetFile } from './dataset-file';
import { LogFile } from './log-file';
import type { RunOptions } from './options';

/** The places that are evaluated, over all shards. @throws UsageError when the dataset has none of them. */
export function rangeOf({ from, to }: RunOptions, entries: number): Range {
  if (from >= entries) throw new UsageError(`--start-data-idx is ${from}, and the dataset has ${entries} items, counted from 0.`);
  return { from, to: Math.min(entries, to ?? entries) };
}

/** What the log of these options begins with. */
export function headerOf(options: RunOptions, { name, sha256 }: DatasetFile, entries: number, range: Range): Header {
  const { arms, baseline, model, dtype, device, shard, times, readAnew } = options;
  return {
    type: 'evaluation',
    format: LOG_FORMAT,
    dataset: { name, sha256, entries },
    range: { ...range },
    shard: { ...shard },
    arms: arms.map((arm) => ({ ...arm, settings: { ...arm.settings } })),
    baseline,
    model: { source: model, dtype, device },
    times,
    shared: !readAnew,
    begun: times ? new Date().toISOString() : null,
  };
}

/**
 * Opens the log, or begins it.
 *
 * @throws UsageError when the folder has the log of another evaluation, or it cannot be written; EngineFault BAD_INPUT when it cannot be read.
 */
export function openLog({ out, resume }: RunOptions, header: Header, say: (line: string) => void): LogFile {
  const path = join(out, 'log.jsonl');
  const before = tryOpen(path);
  if (before === null) {
    if (resume) say(`--resume: there is nothing in ${out} to go on with; beginning.`);
    return LogFile.create(path, header);
  }
  const difference = headerDifference(before.header, header);
  if (difference === null) {
    if (before.places.size > 0) say(`Going on: ${formatPlural(before.done.size, 'item is', 'items are')} in ${path}.`);
    return before;
  }
  if (before.places.size === 0) {
    // Begun and ended before the first item, as with a model that is not there: nothing is lost.
    before.close();
    return LogFile.create(path, header);
  }
  before.close();
  throw new UsageError(
    `${path} is of another evaluation: it has ${difference}. Give the options it was begun with, or another folder with --out.`,
  );
}

function tryOpen(path: string): LogFile | null {
  try {
    return LogFile.open(path);
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return null;
    if (thrown instanceof EngineFault) throw thrown;
    throw new UsageError(`"${path}" cannot be opened: ${reasonOf(thrown)}.`);
  }
}

/** Makes the output folder where it is not there. @throws UsageError when it cannot be made. */
export function makeFolder(path: string): void {
  try {
    mkdirSync(path, { recursive: true });
  } catch (thrown) {
    throw new UsageError(`The folder "${path}" cannot be made: ${reasonOf(thrown)}.`);
  }
}
