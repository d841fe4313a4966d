// `merge`: joins the logs of shards into one, exactly once, with the runs that were kept.
import { cpSync, existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { planMerge } from '../../../src/evaluation/merge';
import { EngineFault } from '../../../src/errors';
import { formatPlural } from '../../../src/text/format';
import { UsageError } from '../command';
import { reasonOf } from '../output';
import { LogFile } from './log-file';
import type { MergeOptions } from './options';
import { armFolder } from './write-outputs';

/**
 * Writes the joined log into the output folder, which must not have one.
 *
 * @returns the log; the caller closes it.
 * @throws UsageError or EngineFault BAD_INPUT when the shards do not belong together or are not complete; nothing is written then.
 */
export function joinShards({ out, shards }: MergeOptions, say: (line: string) => void): LogFile {
  const path = join(out, 'log.jsonl');
  if (existsSync(path)) throw new UsageError(`There is a log in "${out}" already: name another folder with --out.`);
  const logs: LogFile[] = [];
  try {
    for (const shard of shards) logs.push(openShard(shard));
    const plan = planMerge(logs);
    mkdirSync(out, { recursive: true });
    const partial = `${path}.${process.pid}.partial`;
    rmSync(partial, { force: true });
    const joined = LogFile.create(partial, plan.header);
    try {
      if (plan.loaded !== null) joined.append(plan.loaded);
      for (const [place, shard] of plan.sources) {
        const line = logs[shard].line(place);
        joined.append(line);
        for (const verdict of logs[shard].verdicts(place)) joined.append(verdict);
      }
    } catch (thrown) {
      joined.close();
      rmSync(partial, { force: true });
      throw thrown;
    }
    renameSync(partial, path);
    copyRuns(
      out,
      shards,
      plan.header.arms.map(({ name }) => name),
    );
    say(`${formatPlural(plan.sources.length, 'item', 'items')} of ${formatPlural(logs.length, 'log', 'logs')} joined in ${path}.`);
    return joined;
  } finally {
    for (const log of logs) log.close();
  }
}

/** A shard's log, named by its folder or by the file itself. */
function openShard(shard: string): LogFile {
  const path = basename(shard) === 'log.jsonl' ? shard : join(shard, 'log.jsonl');
  try {
    return LogFile.open(path, true);
  } catch (thrown) {
    if (thrown instanceof EngineFault) throw thrown;
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT')
      throw new UsageError(`There is no log "${path}": name the output folder of a shard.`);
    throw new UsageError(`"${path}" cannot be read: ${reasonOf(thrown)}.`);
  }
}

/** Items have numbers of their own: the runs of shards never have the same name. */
function copyRuns(out: string, shards: readonly string[], arms: readonly string[]): void {
  for (const shard of shards) {
    for (const arm of arms) {
      const runs = join(armFolder(basename(shard) === 'log.jsonl' ? dirname(shard) : shard, arm), 'runs');
      if (existsSync(runs)) cpSync(runs, join(armFolder(out, arm), 'runs'), { recursive: true });
    }
  }
}
