// Evaluates a dataset, or goes on with what was begun: opens everything, runs the loop, and writes what is made of the log.
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { parseDataset, shardRange, type BadItem, type Item } from '../../../src/evaluation/dataset';
import { evaluate } from '../../../src/evaluation/evaluate';
import { judgeByRule } from '../../../src/evaluation/judge';
import type { ItemLine } from '../../../src/evaluation/log';
import { EngineFault } from '../../../src/errors';
import { writeRecord } from '../../../src/events/record';
import { METHODS } from '../../../src/methods/registry';
import { formatPlural } from '../../../src/text/format';
import { chooseAdapter } from '../adapter';
import { ensureBuilt } from '../built-page';
import { CHROMIUM_FLAGS } from '../chromium';
import { EXIT, inOneSentence, isRefusal } from '../command';
import { Report } from '../report';
import type { Screen } from '../terminal-curve';
import { BrowserAsker } from './browser-asker';
import { readDatasetFile } from './dataset-file';
import { openJudging, type Judging } from './judging';
import type { LogFile } from './log-file';
import { headerOf, makeFolder, openLog, rangeOf } from './open-log';
import type { RunOptions } from './options';
import { openPictures, type ReadPicture } from './pictures';
import { Progress, type ProgressState } from './progress';
import { takeLock } from './lock';
import { writeWhole } from './whole-file';
import { runPath } from './write-outputs';

/** Problems that are shown one by one; the log has them all. */
const MOST_SHOWN = 20;

/** What a command says: results to the screen, everything else beside it. */
export interface Says {
  readonly screen: Screen;
  complain(line: string): void;
}

/** Evaluates. The exit status; the log is closed by `conclude`, which writes what is made of it. */
export async function runEvaluation(options: RunOptions, stop: AbortSignal, says: Says, conclude: (log: LogFile) => void): Promise<number> {
  const file = await readDatasetFile(options.dataset);
  const { entries } = parseDataset(file.text, file.name);
  const range = rangeOf(options, entries.length);
  const readPicture = await openPictures(file, options.images, options.hosts);
  makeFolder(options.out);
  const unlock = takeLock(join(options.out, 'log.jsonl.lock'));
  process.on('exit', unlock);
  try {
    const log = openLog(options, headerOf(options, file, entries.length, range), says.complain);
    try {
      const mine = shardRange(range, options.shard);
      const outcome = await work(options, entries.slice(mine.from, mine.to), readPicture, log, stop, says);
      return finish(outcome, options, log, mine.to - mine.from, says, conclude);
    } finally {
      log.close();
    }
  } finally {
    unlock();
    process.off('exit', unlock);
  }
}

type Outcome = 'done' | 'stopped' | EngineFault;

async function work(
  options: RunOptions,
  entries: readonly (Item | BadItem)[],
  readPicture: ReadPicture,
  log: LogFile,
  stop: AbortSignal,
  says: Says,
): Promise<Outcome> {
  const { done } = log;
  const open = entries.filter(({ place }) => !done.has(place));
  const judging = await openJudging(options, log, says.complain);
  for (const item of options.judge === 'llm' ? log.items() : []) judging.add(item);
  const progress = new Progress(says.screen, entries.length - open.length);
  const state = startState(log, entries.length, open.length);
  const asker = open.length === 0 ? null : await openAsker(options, log, stop, says, progress);
  try {
    if (asker === null) return 'done';
    return await evaluate(open, {
      arms: options.arms,
      methods: METHODS,
      times: options.times,
      picture: ({ imagePath }) => readPicture(imagePath),
      ask: asker.ask,
      turn: () => turn(),
      append(line) {
        log.append(line);
        state.done += 1;
        if (line.type === 'item') {
          count(state.right, line);
          judging.add(log.item(line.place));
        } else {
          state.lost += 1;
          progress.settle();
          if (state.lost <= MOST_SHOWN) says.complain(line.message);
          if (state.lost === MOST_SHOWN) says.complain('Further problems are in the log.');
        }
        progress.show(state);
      },
      ...(options.keepRuns
        ? { keep: (item, arm, events) => writeWhole(runPath(options.out, arm.name, item.idx), [writeRecord(events)]) }
        : {}),
      signal: stop,
    });
  } catch (thrown) {
    if (thrown instanceof EngineFault) return thrown.value.code === 'CANCELLED' ? 'stopped' : thrown;
    throw thrown;
  } finally {
    progress.settle();
    await asker?.close();
    await endJudging(judging, stop);
  }
}

/** A judge that is waited for in vain is not waited for after Ctrl-C. */
async function endJudging(judging: Judging, stop: AbortSignal): Promise<void> {
  const stopped = new Promise<void>((resolve) => {
    const onStop = (): void => {
      judging.stop();
      resolve();
    };
    if (stop.aborted) onStop();
    else stop.addEventListener('abort', onStop, { once: true });
  });
  await Promise.race([judging.finish(), stopped]);
}

async function openAsker(options: RunOptions, log: LogFile, stop: AbortSignal, says: Says, progress: Progress): Promise<BrowserAsker> {
  await ensureBuilt(says.complain);
  const taken = options.adapter === null || stop.aborted ? null : await chooseAdapter(options.adapter);
  const token = process.env['HF_TOKEN'] ?? '';
  const request = {
    model: options.model,
    device: options.device,
    dtype: options.dtype,
    flags: taken?.flags ?? CHROMIUM_FLAGS,
    ...(token === '' ? {} : { token }),
  };
  const report = new Report(says.screen, 0);
  const hooks = {
    started: (): void => {
      if (taken !== null) says.complain(taken.line);
    },
    load: (event: Parameters<Report['load']>[0]): void => {
      progress.settle();
      report.load(event);
    },
    loaded: (loaded: Parameters<LogFile['noteLoaded']>[0]): void => log.noteLoaded(loaded),
    say: (line: string): void => {
      progress.settle();
      says.complain(line);
    },
  };
  return new BrowserAsker(request, hooks, stop, options.readAnew);
}

function finish(outcome: Outcome, options: RunOptions, log: LogFile, total: number, says: Says, conclude: (log: LogFile) => void): number {
  const left = total - log.places.size;
  if (outcome === 'done') {
    conclude(log);
    const lost = total - log.answered;
    if (lost > 0)
      says.complain(
        `${formatPlural(lost, 'item has', 'items have')} no result. Mend them and start the same command again: it tries only those.`,
      );
    return lost > 0 ? EXIT.failed : EXIT.done;
  }
  if (outcome !== 'stopped') {
    const { detail } = outcome.value;
    says.complain(inOneSentence(outcome.value) + (detail === undefined ? '' : ` (${detail})`));
    if (isRefusal(outcome.value)) return EXIT.refused;
  }
  says.complain(
    `${total - left} of ${formatPlural(total, 'item is', 'items are')} in ${options.out}: the same command goes on with the rest.`,
  );
  return outcome === 'stopped' ? EXIT.stopped : EXIT.failed;
}

interface State extends ProgressState {
  done: number;
  lost: number;
  readonly right: Map<string, number>;
}

function startState(log: LogFile, total: number, open: number): State {
  const right = new Map(log.header.arms.map(({ name }) => [name, 0]));
  for (const { item } of log.items()) count(right, item);
  return { done: total - open, total, lost: total - open - log.answered, right };
}

function count(right: Map<string, number>, { arms, solution }: ItemLine): void {
  for (const [arm, { answer }] of Object.entries(arms)) {
    if (judgeByRule(answer.text, solution).strict) right.set(arm, (right.get(arm) ?? 0) + 1);
  }
}
