// The judge of a command: none for rules; for a language model a queue that writes its verdicts into the log.
import { setTimeout as wait } from 'node:timers/promises';
import type { JudgedItem } from '../../../src/evaluation/exported';
import { JudgeQueue } from '../../../src/evaluation/judge-queue';
import { openJudge } from './judge-client';
import type { LogFile } from './log-file';
import type { OutputOptions } from './options';

/** Requests that may be open at once, and tries after the first. */
const AT_ONCE = 4;
const RETRIES = 3;

export interface Judging {
  /** Has an item judged, as far as it is not. Returns at once. */
  add(item: JudgedItem): void;
  /** Resolves when everything is judged; says what was not. */
  finish(): Promise<void>;
  /** Ends the asking. */
  stop(): void;
}

const BY_RULES: Judging = { add: () => undefined, finish: () => Promise.resolve(), stop: () => undefined };

/** @throws UsageError when a language model is wanted and the environment names none. */
export async function openJudging(options: OutputOptions, log: LogFile, say: (line: string) => void): Promise<Judging> {
  if (options.judge !== 'llm') return BY_RULES;
  const { name, ask } = await openJudge(process.env, { timeoutMs: options.judgeTimeoutMs, retries: RETRIES });
  const queue = new JudgeQueue({
    ask,
    name,
    save: (verdict) => log.append(verdict),
    say,
    wait: (ms) => wait(ms),
    now: () => performance.now(),
    everyMs: options.judgeRate === null ? 0 : 60_000 / options.judgeRate,
    atOnce: AT_ONCE,
  });
  return {
    add: ({ item, verdicts }) => queue.add(item, verdicts),
    async finish() {
      const { judged, fallbacks } = await queue.finish();
      if (judged > 0) say(`The judge ${name} gave ${judged} verdict${judged === 1 ? '' : 's'}.`);
      if (fallbacks > 0)
        say(`${fallbacks} answer${fallbacks === 1 ? ' was' : 's were'} judged by the strict rules, because the judge gave no verdict.`);
    },
    stop: () => queue.stop(),
  };
}
