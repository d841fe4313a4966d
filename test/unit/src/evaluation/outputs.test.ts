// The outputs of an arm: the released code's files, lmms-eval's samples and Inspect's log, from items of the toy model.
import { createHash } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { evaluate } from '../../../../src/evaluation/evaluate';
import { exportedArm, type Exported } from '../../../../src/evaluation/exported';
import { inspectLog } from '../../../../src/evaluation/inspect-log';
import type { ItemLine } from '../../../../src/evaluation/log';
import { lmmsSamples } from '../../../../src/evaluation/lmms-samples';
import { m3cotLines, scienceQaResults } from '../../../../src/evaluation/release-lines';
import { resultsJson, rewardCsv, rewardCsvName } from '../../../../src/evaluation/results-json';
import { Summary } from '../../../../src/evaluation/summary';
import {
  ARMS,
  headerOf,
  itemOf,
  judged,
  resultOf,
  LOADED,
  NO_VERDICTS,
  summarised,
  toyEvaluation,
  toyItems,
} from '../../../fakes/evaluations';

const text = (pieces: Iterable<string>): string => [...pieces].join('');
const sha256 = (value: string): string => createHash('sha256').update(value).digest('hex');

let items: readonly ItemLine[];
let dmlr: Exported;
let direct: Exported;
beforeAll(async () => {
  const { evaluation, lines } = toyEvaluation();
  await evaluate(toyItems(3), evaluation);
  // The last item's solution becomes what direct wrote.
  const all = judged(lines);
  all[2] = { ...all[2], item: { ...all[2].item, solution: all[2].item.arms['direct'].answer.text } };
  items = all.map(({ item }) => item);
  const summary = new Summary(headerOf(3), summarised());
  for (const item of items) summary.add(item, NO_VERDICTS);
  const of = (arm: (typeof ARMS)[number]): Exported =>
    exportedArm(arm, summary.report(), { header: headerOf(3), loaded: LOADED, items: () => all });
  [dmlr, direct] = ARMS.map(of);
});

describe('results.json', () => {
  it("has the released code's fields", () => {
    const results = JSON.parse(text(resultsJson(direct))) as { readonly entries: readonly Record<string, unknown>[] };
    expect(results).toMatchObject({ model: 'Toy', dataset: 'toy.json', accuracy: 1 / 3, correct: 1, total: 3 });
    expect(results).toMatchObject({ config: { method: 'direct', maxNewTokens: 4, seed: 42 }, args: { arm: 'direct', judge: 'strict' } });
    expect(Object.keys(results.entries[0]).slice(0, 11)).toEqual([
      'data_idx',
      'question',
      'image_path',
      'prompt',
      'model_output',
      'answer',
      'ground_truth',
      'is_correct',
      'best_reward',
      'best_reward_step',
      'stop_reason',
    ]);
    expect(results.entries.map(({ data_idx, is_correct }) => [data_idx, is_correct])).toEqual([
      [10, false],
      [11, false],
      [12, true],
    ]);
    expect(results.entries[2]).toMatchObject({ judged_by: 'equal', prompt: 'Answer with \\boxed{}.\nQuestion 2?', best_reward: null });
  });

  it('has rewards where a method has them, and leaves the latent part out of the prompt', () => {
    const { entries } = JSON.parse(text(resultsJson(dmlr))) as { readonly entries: readonly Record<string, unknown>[] };
    expect(entries[0]['best_reward']).toBe(items[0].arms['dmlr'].reward?.best);
    expect(entries[0]['prompt']).toBe('Think in the thinking tokens, then answer with \\boxed{}.\nQuestion 0?');
    expect(entries[0]['untouched_output']).toBe(items[0].arms['dmlr'].untouched?.text);
  });
});

it("each item's table of rewards begins with the released code's columns, under its name", () => {
  const [header, start, , , end] = (rewardCsv(items[0].arms['dmlr']) ?? '').split('\r\n');
  expect(header).toMatch(/^step,reward,sigma,is_new_best,patch_count,patch_budget,/);
  expect(start).toMatch(/^0,-?\d+\.\d+(e-\d+)?,0\.1,True,\d+,\d+,/);
  expect(end).toBe('');
  expect(rewardCsv(items[0].arms['direct'])).toBeNull();
  expect(rewardCsvName({ idx: 7 })).toBe('reward_steps_000007.csv');
  expect(rewardCsvName({ idx: 1234567 })).toBe('reward_steps_1234567.csv');
});

it("M3CoT's lines have the released fields first, and ours after them", () => {
  const lines = text(m3cotLines(direct))
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(lines).toHaveLength(3);
  expect(Object.keys(lines[0]).slice(0, 6)).toEqual(['id', 'choices', 'answer', 'domain', 'topic', 'messages']);
  const output = items[1].arms['direct'].answer.text;
  expect(lines[1]).toEqual({
    id: '11',
    choices: ['w1', 'w0'],
    answer: 'w1',
    domain: null,
    topic: 't1',
    messages: ['Question 1?', output],
    prediction: output,
    correct: false,
    judged_by: null,
  });
  expect(lines[2]).toMatchObject({ correct: true, judged_by: 'equal' });

  const [item] = judged([
    itemOf(0, { direct: resultOf('the answer is B') }, { prompt: 'Which?\nAnswer:', fields: { id: 'sci-1', domain: 'science' } }),
  ]);
  const line = JSON.parse(text(m3cotLines({ ...direct, judge: 'm3cot-release', items: () => [item] }))) as unknown;
  expect(line).toMatchObject({ id: 'sci-1', domain: 'science', messages: ['Which?', 'the answer is B'] });
});

it("ScienceQA's predictions are numbers by item", () => {
  const all = judged([
    itemOf(4, { direct: resultOf('Therefore, the answer is 2') }),
    itemOf(5, { direct: resultOf('the answer is B') }),
    itemOf(6, { direct: resultOf('\\boxed{red}') }),
  ]);
  expect(JSON.parse(text(scienceQaResults({ ...direct, items: () => all })))).toEqual({ results: { 4: 2, 5: 1, 6: -1 } });
  expect(JSON.parse(text(scienceQaResults({ ...direct, items: () => [] })))).toEqual({ results: {} });
});

it("samples are lmms-eval's, a line each", () => {
  const samples = text(lmmsSamples(direct, sha256))
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(samples).toHaveLength(3);
  const output = items[2].arms['direct'].answer.text;
  expect(samples[2]).toMatchObject({
    doc_id: 12,
    input: 'Question 2?',
    target: output,
    resps: [[output]],
    filtered_resps: [output],
    metric: 'exact_match',
    exact_match: 1,
  });
  expect(samples[2]['doc_hash']).toBe(sha256(JSON.stringify(samples[2]['doc'])));
  expect(samples[0]['doc_hash']).not.toBe(samples[1]['doc_hash']);
});

it("Inspect's log has samples, scores and what was measured", () => {
  const log = JSON.parse(text(inspectLog(dmlr, 'x'.repeat(22)))) as Record<string, never>;
  expect(log).toMatchObject({
    version: 2,
    status: 'success',
    eval: { task: 'toy/dmlr', model: 'noema/Toy', created: '1970-01-01T00:00:00+00:00', dataset: { name: 'toy.json', samples: 3 } },
    plan: { steps: [{ solver: 'dmlr', params: { steps: 2 } }] },
    results: { total_samples: 3, completed_samples: 3, scores: [{ name: 'judge', metrics: { accuracy: { value: 0 } } }, {}, {}] },
  });
  const [sample] = log['samples'] as readonly Record<string, unknown>[];
  const { answer } = items[0].arms['dmlr'];
  expect(sample).toMatchObject({
    id: 10,
    epoch: 1,
    input: 'Question 0?',
    target: items[0].solution,
    output: { completion: answer.text, choices: [{ stop_reason: answer.cut ? 'max_tokens' : 'stop' }] },
    scores: { judge: { value: 'I' }, strict: { value: 'I' } },
    metadata: { family: 'even', passes: items[0].arms['dmlr'].passes },
  });
  expect((sample['metadata'] as { readonly steps: readonly unknown[] }).steps[0]).toMatchObject({ step: 0, is_new_best: 'True' });
  expect(sample).not.toHaveProperty('total_time');
});

it('an arm without answers still has files that can be read', () => {
  const summary = new Summary(headerOf(3), summarised());
  const exported = exportedArm(ARMS[0], summary.report(), { header: headerOf(3), loaded: null, items: () => [] });
  expect(JSON.parse(text(resultsJson(exported)))).toMatchObject({ model: null, accuracy: null, total: 0, entries: [] });
  expect(JSON.parse(text(inspectLog(exported, 'y')))).toMatchObject({ results: { completed_samples: 0, scores: [] }, samples: [] });
  expect(text(lmmsSamples(exported, sha256))).toBe('');
});
