// Evaluations of the toy model for tests: a dataset, two arms, and a log in memory.
import type { Arm } from '../../src/evaluation/arms';
import { parseDataset, type BadItem, type Item } from '../../src/evaluation/dataset';
import type { Evaluation } from '../../src/evaluation/evaluate';
import type { Verdicts } from '../../src/evaluation/judgement';
import { LOG_FORMAT, type Header, type ItemLine, type Loaded, type ProblemLine } from '../../src/evaluation/log';
import type { Answered, ArmResult } from '../../src/evaluation/measure';
import type { JudgedItem } from '../../src/evaluation/exported';
import type { SummaryOptions } from '../../src/evaluation/summary';
import type { RunEvent } from '../../src/events/events';
import { METHODS } from '../../src/methods/registry';
import { runPipeline } from '../../src/run/pipeline';
import { jobWith, NEVER } from './jobs';
import { toyModel } from './toy-model';

export const ARMS: readonly Arm[] = [
  { name: 'dmlr', method: 'dmlr', settings: { steps: 2, maxNewTokens: 4, dependenceDraws: 1, controls: true } },
  { name: 'direct', method: 'direct', settings: { maxNewTokens: 4, dependence: false } },
];

/** `count` items about as many pictures, of two families and three topics; every other one has options. */
export function toyItems(count: number): readonly (Item | BadItem)[] {
  const list = Array.from({ length: count }, (_, idx) => ({
    idx: 10 + idx,
    prompt: `Question ${idx}?`,
    solution: `w${idx}`,
    image_path: `${idx}.png`,
    family: idx % 2 === 0 ? 'even' : 'odd',
    topic: `t${idx % 3}`,
    ...(idx % 2 === 0 ? {} : { options: [`w${idx}`, 'w0'] }),
  }));
  return parseDataset(JSON.stringify(list), 'toy.json').entries;
}

export const headerOf = (entries: number, changes: Partial<Header> = {}): Header => ({
  type: 'evaluation',
  format: LOG_FORMAT,
  dataset: { name: 'toy.json', sha256: 'ab'.repeat(32), entries },
  range: { from: 0, to: entries },
  shard: { number: 1, of: 1 },
  arms: ARMS.map((arm) => ({ ...arm, settings: { ...arm.settings } })),
  baseline: 'direct',
  model: { source: null, dtype: 'auto', device: 'wasm' },
  times: false,
  shared: true,
  begun: null,
  ...changes,
});

export const LOADED: Loaded = {
  type: 'loaded',
  model: { id: 'toy', name: 'Toy', family: 'toy', dtype: 'fp32' },
  device: { kind: 'wasm', description: 'test', software: true },
};

/** An evaluation whose lines and kept runs are collected. */
export function toyEvaluation(changes: Partial<Evaluation<string>> = {}) {
  const lines: (ItemLine | ProblemLine)[] = [];
  const kept: (readonly [idx: number, arm: string, events: number])[] = [];
  const evaluation: Evaluation<string> = {
    arms: ARMS,
    methods: METHODS,
    times: false,
    picture: ({ imagePath }) => Promise.resolve(imagePath),
    async ask({ question, arms }, event) {
      for (const [index, arm] of arms.entries()) {
        const job = jobWith(toyModel(), { method: METHODS.get(arm.method), settings: arm.settings, question });
        for await (const one of runPipeline(job)) event(index, one);
      }
      return null;
    },
    append: (line) => void lines.push(line),
    keep: (item, arm, events: readonly RunEvent[]) => void kept.push([item.idx, arm.name, events.length]),
    turn: () => Promise.resolve(),
    signal: NEVER,
    ...changes,
  };
  return { evaluation, lines, kept };
}

export const NO_VERDICTS: Verdicts = new Map();

/** How a log is summarised unless a test says otherwise. */
export const summarised = (changes: Partial<SummaryOptions> = {}): SummaryOptions => ({
  judge: 'strict',
  by: null,
  groups: [],
  ...changes,
});

/** The items among lines, without verdicts. */
export const judged = (lines: readonly (ItemLine | ProblemLine)[]): JudgedItem[] =>
  lines.flatMap((item) => (item.type === 'item' ? [{ item, verdicts: NO_VERDICTS }] : []));

/** An answer whose other numbers do not matter, or are given. */
export const answered = (text: string, more: Partial<Answered> = {}): Answered => ({
  text,
  cut: false,
  tokens: 2,
  logprob: Math.log(0.9),
  meanLogprob: -0.1,
  dependence: null,
  ...more,
});

/** A result with an answer; a text is an answer whose other numbers do not matter. */
export const resultOf = (answer: Answered | string, more: Partial<ArmResult> = {}): ArmResult => ({
  answer: typeof answer === 'string' ? answered(answer) : answer,
  untouched: null,
  reward: null,
  reason: 'answered',
  steps: null,
  passes: 1,
  rows: 1,
  ms: null,
  cost: null,
  controls: [],
  ...more,
});

/** An item at a place, whose solution is 7 unless told otherwise. */
export const itemOf = (place: number, arms: ItemLine['arms'], more: Partial<ItemLine> = {}): ItemLine => ({
  type: 'item',
  place,
  idx: place,
  family: null,
  split: null,
  prompt: `Question ${place}?`,
  solution: '7',
  imagePath: 'x.png',
  options: null,
  fields: {},
  arms,
  ...more,
});
