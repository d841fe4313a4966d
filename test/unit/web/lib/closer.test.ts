// The numbers behind the closer look: landscape grids and their CSV, heads, points of the map, drift in its units, correlation.
import { describe, expect, test } from 'vitest';
import type { StepEvent } from '../../../../src/events/events';
import type { ExploreEvent } from '../../../../src/explore/exploration';
import { correlation } from '../../../../web/lib/correlation';
import { headFacts, headMap } from '../../../../web/lib/head-maps';
import { histogram } from '../../../../web/lib/histogram';
import { gridRange, landscapeCsv, measuredLandscape } from '../../../../web/lib/landscape-grid';
import { mapFrame, mapPoints, nearestPoint } from '../../../../web/lib/map-points';
import { recreatedDifference } from '../../../../web/session/explorations';
import { driftSeries } from '../../../../web/views/explore/drift-series';

describe('a landscape', () => {
  const plane: ExploreEvent = { type: 'landscape', landscape: { axis: [-1, 0, 1], path: [[0, 0]], scored: 'yes' } };
  const row = (number: number, from: number): ExploreEvent => ({
    type: 'landscape-row',
    row: { row: number, rewards: [from, from + 1, from + 2], logprobs: [-from, -from - 1, -from - 2] },
  });

  test('has the rows that have come in their places, and a range over them', () => {
    const found = measuredLandscape([plane, row(1, 4), row(0, 1)]);
    expect(found?.rewards).toEqual([
      [1, 2, 3],
      [4, 5, 6],
      [undefined, undefined, undefined],
    ]);
    expect(found?.logprobs?.[1]).toEqual([-4, -5, -6]);
    expect(gridRange(found?.rewards ?? [])).toEqual([1, 6]);
    expect(measuredLandscape([])).toBeNull();
    expect(gridRange(measuredLandscape([plane])?.rewards ?? [])).toBeNull();
  });

  test('as CSV has a line for each measured point, nothing where nothing is scored', () => {
    const found = measuredLandscape([plane, row(1, 4)]);
    expect(found && landscapeCsv(found)).toBe('first,second,reward,logprob\r\n-1,0,4,-4\r\n0,0,5,-5\r\n1,0,6,-6\r\n');
    const bare = measuredLandscape([
      { type: 'landscape', landscape: { axis: [-1, 0, 1], path: [], scored: null } },
      { type: 'landscape-row', row: { row: 0, rewards: [1, 2, 3], logprobs: null } },
    ]);
    expect(bare?.logprobs).toBeNull();
    expect(bare && landscapeCsv(bare).split('\r\n')[1]).toBe('-1,-1,1,');
  });
});

test('every head has its map, its share and its strongest patch', () => {
  const found = { layers: 2, heads: 1, attention: Float32Array.of(0.25, 0.5, 0, 0.125, 0, 0.75) };
  expect(headMap(found, 1)).toEqual([0.125, 0, 0.75]);
  expect(headFacts(found)).toEqual([
    { layer: 0, head: 0, share: 0.75, patch: 1, value: 0.5 },
    { layer: 1, head: 0, share: 0.875, patch: 2, value: 0.75 },
  ]);
});

test('a map is drawn with one unit on both axes, upwards, and names the nearest point', () => {
  const points = mapPoints({
    latents: [[[0, 0]], [[4, 2]]],
    decoded: [[4, 2]],
    words: [{ text: 'a', at: [-4, -2] }],
    image: [[0, 2]],
    shares: [0.6, 0.2],
  });
  expect(points.map(({ kind }) => kind)).toEqual(['latent', 'latent', 'decoded', 'word', 'image']);
  const frame = mapFrame(points, 448, 448);
  expect([frame.x(4), frame.x(-4)]).toEqual([424, 24]);
  expect(frame.y(2) - frame.y(-2)).toBeCloseTo(-200, 9);
  expect(nearestPoint(points, [frame.x(-4) + 3, frame.y(-2)], frame)).toBe(3);
  expect(nearestPoint([], [0, 0], frame)).toBeNull();
});

test('drift is read of every latent and step; a norm is told in typical token embeddings, and what was not recorded is missing', () => {
  const steps = [0, 1].map((step) => ({ step, latents: [{}, {}] })) as unknown as StepEvent[];
  const moved = (step: StepEvent, latent: number) => (step.step === 0 ? { drift: 0 } : { drift: latent + 1, norm: 8, cosine: 0.5 });
  const scale = { embeddingStd: 0.5, hiddenSize: 64 };
  expect(driftSeries(steps, moved, 'drift', scale)).toEqual([
    [0, 1],
    [0, 2],
  ]);
  expect(driftSeries(steps, moved, 'norm', scale)).toEqual([
    [undefined, 2],
    [undefined, 2],
  ]);
  expect(driftSeries(steps, () => null, 'cosine', scale)).toEqual([
    [undefined, undefined],
    [undefined, undefined],
  ]);
  expect(driftSeries([], moved, 'drift', null)).toEqual([]);
});

test('correlation is of the places that both have', () => {
  expect(correlation([1, 2, 3, undefined], [2, 4, 6, 9])).toBeCloseTo(1, 12);
  expect(correlation([1, 2, 3], [3, 2, 1])).toBeCloseTo(-1, 12);
  expect(correlation([1, 2], [3, 2])).toBeNull();
  expect(correlation([1, 1, 1], [3, 2, 1])).toBeNull();
});

test('a thought made again is compared with the run, step by step', () => {
  const steps = [{ reward: 0.5 }, { reward: 0.75 }] as StepEvent[];
  expect(recreatedDifference([{ type: 'recreated', rewards: [0.5, 0.5] }], { steps })).toBe(0.25);
  expect(recreatedDifference([{ type: 'recreated', rewards: [0.5] }], { steps })).toBe(Infinity);
  expect(recreatedDifference([{ type: 'recreated', rewards: [null, null] }], { steps })).toBeNull();
  expect(recreatedDifference([], { steps })).toBeNull();
});

test('a histogram counts every value once, the largest in the last bin', () => {
  const bins = histogram([0, 0.24, 0.25, 0.5, 0.99, 1], 4);
  expect(bins.map(({ count }) => count)).toEqual([2, 1, 1, 2]);
  expect([bins[0].from, bins[1].from, bins[3].to]).toEqual([0, 0.25, 1]);
  expect(histogram([3, 3], 2)).toEqual([
    { from: 2.5, to: 3, count: 0 },
    { from: 3, to: 3.5, count: 2 },
  ]);
});
