// Two hundred spoilt recordings: each is refused in words that name its line, or read and shown; nothing hangs, nothing else is thrown.
import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import { extractAnswer } from '../../src/answer/extract';
import { EngineFault } from '../../src/errors';
import { stepsCsv, tokensCsv } from '../../src/events/csv';
import type { RunEvent } from '../../src/events/events';
import { parseRecord } from '../../src/events/read-record';
import { writeRecord } from '../../src/events/record';
import { createRandom } from '../../src/math/random';
import { METHODS } from '../../src/methods/registry';
import { diffAnswers } from '../../web/lib/answer-diff';
import { attentionPixels } from '../../web/lib/attention-pixels';
import { valueDomain } from '../../web/lib/chart-scale';
import { cellOf, gridOf, rectOf, smallestSide } from '../../web/lib/patch-grid';
import { heldSince, patchHistory } from '../../web/lib/patch-history';
import { attentionAt, attentionRange, patchMarks } from '../../web/lib/patch-marks';
import { namedPatches } from '../../web/lib/patch-names';
import { layOutSequence, stripShares } from '../../web/lib/sequence-rows';
import { displayToken } from '../../web/lib/token-text';
import { windowStarts } from '../../web/lib/token-windows';
import { createRunStore } from '../../web/stores/run-store';
import { describe as describeRun } from '../../web/stores/past-runs';
import { viewOf } from '../../web/views/methods/registry';
import { toyRun } from '../fakes/jobs';
import { spoil } from '../fixtures/spoilt-recordings';

const CASES = 200;
/** Processor time that no recording may take, however it is spoilt. */
const LIMIT_MS = 10_000;

const shipped = ['above', 'eight-objects', 'nearest', 'yellow-and-orange'].map((name) => readFileSync(`public/runs/${name}.jsonl`, 'utf8'));
const settings = { steps: 2, maxNewTokens: 3 };
const made = await Promise.all([
  toyRun({ settings }),
  toyRun({ settings: { ...settings, baseline: 'none', startingReward: 'zero', budgetScope: 'latent' } }),
  toyRun({ method: METHODS.get('direct'), settings: { maxNewTokens: 3 } }),
  toyRun({ method: METHODS.get('cot'), settings: { maxNewTokens: 3, dependence: false } }),
  toyRun({ question: '' }),
]);
const recordings = [...shipped, writeRecord(parseRecord(shipped[0], METHODS).events), ...made.map(writeRecord)];

const tally = { read: 0, refused: 0, slowest: 0 };
afterAll(() => {
  process.stdout.write(
    `spoilt recordings: ${tally.read} read, ${tally.refused} refused, the slowest took ${Math.round(tally.slowest)} ms\n`,
  );
});

/** Milliseconds of processor time of this process. */
function processorTime(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** Everything that the page makes of a run before it draws, after each portion of its events. */
function show(events: readonly RunEvent[]): void {
  const store = createRunStore();
  store.getState().begin('recording', null);
  const portion = Math.ceil(events.length / 3) + 1;
  for (let from = 0; from < events.length; from += portion) {
    store.getState().append(events.slice(from, from + portion));
    derive(store.getState().state);
  }
  const { state } = store.getState();
  const method = METHODS.get(state.started?.method ?? 'direct');
  const all = method.space.parse(state.started?.settings ?? {});
  expect(stepsCsv(state, method.columns?.(all)).split('\r\n').length).toBe(state.steps.length + 2);
  tokensCsv(state);
  describeRun(events);
  expect(parseRecord(writeRecord(events), METHODS).events).toEqual(events);
}

function derive({
  started,
  image,
  prompt,
  steps,
  streams,
  bestReward,
}: ReturnType<ReturnType<typeof createRunStore>['getState']>['state']): void {
  const view = viewOf(started?.method ?? '');
  const index = steps.length - 1;
  if (image !== null) {
    const grid = gridOf(image);
    const range = attentionRange(steps);
    expect(smallestSide(grid)).toBeGreaterThan(0);
    for (const latent of [null, 0]) {
      const marks = patchMarks(steps, index, latent, view.rejected);
      for (const { patch } of marks) expect([cellOf(grid, patch), rectOf(grid, patch).width > 0]).toEqual([expect.anything(), true]);
      namedPatches(grid, marks);
      const attention = attentionAt(steps[index], latent);
      attentionPixels(attention, attention.length, range, 0.5);
    }
    heldSince(steps, index);
    patchHistory(steps, index, 0, view.rejected);
  }
  const held = steps[index]?.latents.map(({ patches }) => patches) ?? [];
  stripShares(layOutSequence(prompt?.segments ?? [], held, view.layout(started?.settings ?? {}, steps[index])), 'even');
  valueDomain(
    [...steps.flatMap(({ reward }) => reward ?? []), bestReward ?? 0],
    view.expects(started?.settings ?? {}).rewards ?? [-Infinity, Infinity],
  );
  for (const step of steps)
    [view.facts(step), view.tries(step), view.unperturbedReward(step)].forEach((found) => expect(found).toBeDefined());
  const texts = [streams.baseline, streams.answer].map(({ tokens }) => tokens.map(({ text }) => text));
  diffAnswers(texts[0], texts[1]);
  for (const { tokens, text } of [streams.baseline, streams.answer]) {
    windowStarts(tokens);
    extractAnswer(text);
    for (const token of tokens) displayToken(token.text, true);
  }
}

describe(`${CASES} spoilt recordings`, () => {
  test.each(Array.from({ length: CASES / 20 }, (_, i) => 20 * i))('seeds %i and the nineteen after it', (first) => {
    for (let seed = first; seed < first + 20; seed++) {
      const { bytes, how } = spoil(recordings, createRandom(seed));
      const began = processorTime();
      try {
        check(new TextDecoder().decode(bytes));
      } catch (thrown) {
        throw new Error(`seed ${seed} (${how}): ${thrown instanceof Error ? thrown.message : String(thrown)}`, { cause: thrown });
      }
      const took = processorTime() - began;
      tally.slowest = Math.max(tally.slowest, took);
      expect(took, `seed ${seed} (${how})`).toBeLessThan(LIMIT_MS);
    }
  });

  test('are some of each kind', () => {
    expect(tally.read + tally.refused).toBe(CASES);
    expect(tally.read).toBeGreaterThan(CASES / 20);
    expect(tally.refused).toBeGreaterThan(CASES / 2);
    expect('polluted' in {}).toBe(false);
  });
});

function check(text: string): void {
  let events: readonly RunEvent[];
  try {
    ({ events } = parseRecord(text, METHODS));
  } catch (thrown) {
    if (!(thrown instanceof EngineFault)) throw thrown;
    const { code, message, action } = thrown.value;
    expect(code).toBe('PROTOCOL');
    expect(message).toMatch(/^Line \d+ of this recording cannot be read\. [A-Z“"].*\.$|^This recording cannot be read\. It /s);
    expect(message + action).not.toMatch(/Invalid |Expected |\[object|undefined|NaN|\/\^/);
    expect(message.length).toBeLessThan(600);
    tally.refused += 1;
    return;
  }
  show(events);
  tally.read += 1;
}
