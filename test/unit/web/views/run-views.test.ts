// What the views derive from events: the history of a patch, and the sequence with its inserted patches.
import { describe, expect, it } from 'vitest';
import * as v from 'valibot';
import { runEventSchema, type RunEventOf, type StepEvent } from '../../../../src/events/events';
import { dmlrDetail } from '../../../../src/methods/dmlr/detail';
import { fadingRejections, FADE_STEPS, heldSince, patchHistory } from '../../../../web/lib/patch-history';
import { layOutSequence, stripShares } from '../../../../web/lib/sequence-rows';
import { viewOf } from '../../../../web/views/methods/registry';
import { madeUpRun } from '../../../fixtures/made-up-run';

const events = madeUpRun();
const { rejected } = viewOf('dmlr');
const steps = events.filter((event): event is StepEvent => event.type === 'step');
const prompt = events.find((event): event is RunEventOf<'prompt'> => event.type === 'prompt')!;

describe('the made-up run', () => {
  it('is valid under the event format', () => {
    for (const event of events) expect(v.is(runEventSchema, event)).toBe(true);
  });
});

describe('patchHistory', () => {
  it('agrees with the lists of every step', () => {
    steps.forEach((step, index) => {
      step.latents.forEach((latent, number) => {
        for (const patch of latent.patches) {
          const hold = patchHistory(steps, index, patch, rejected).holds.find((h) => h.latent === number)!;
          expect(hold.since).toBeLessThanOrEqual(step.step);
          expect(steps[hold.since].latents[number].added).toContain(patch);
        }
      });
    });
  });
  it('is told of all patches at once as of each', () => {
    steps.forEach((step, index) => {
      const since = heldSince(steps, index);
      step.latents.forEach(({ patches }, number) => {
        for (const patch of patches) {
          expect(since[number].get(patch)).toBe(
            patchHistory(steps, index, patch, rejected).holds.find((hold) => hold.latent === number)?.since,
          );
        }
      });
    });
    expect(heldSince([], 0)).toEqual([]);
  });
  it('is empty before the first step and for a patch nobody took', () => {
    expect(patchHistory([], 0, 3, rejected)).toEqual({ holds: [], rejections: [] });
    expect(patchHistory(steps, 0, 9999, rejected)).toEqual({ holds: [], rejections: [] });
  });
});

describe('fadingRejections', () => {
  it('fades with age, forgets, and leaves out what was taken', () => {
    steps.forEach((step, index) => {
      step.latents.forEach((latent, number) => {
        const fading = fadingRejections(steps, index, number, rejected);
        for (const patch of dmlrDetail(step)?.latents[number].rejected ?? []) expect(fading.get(patch)).toBe(1);
        for (const patch of latent.patches) expect(fading.has(patch)).toBe(false);
        for (const strength of fading.values()) expect(strength).toBeGreaterThanOrEqual(1 / FADE_STEPS);
      });
    });
  });
});

describe('layOutSequence', () => {
  const held = [[4, 5], [], [7], []];
  const shape = (layout: 'after-each' | 'after-all' | 'before-each'): string =>
    layOutSequence(prompt.segments, held, layout)
      .filter((stretch) => stretch.latent !== null)
      .map((stretch) => (stretch.role === 'think' ? `t${stretch.latent}` : `F${stretch.patches.join(',')}`))
      .join(' ');
  it('follows the layouts of the paper', () => {
    expect(shape('after-each')).toBe('t0 F4,5 t1 t2 F7 t3');
    expect(shape('after-all')).toBe('t0 t1 t2 t3 F4,5 F7');
    expect(shape('before-each')).toBe('F4,5 t0 t1 F7 t2 t3');
  });
  it('counts every row once', () => {
    const rows = layOutSequence(prompt.segments, held, 'after-each');
    let next = 0;
    for (const stretch of rows) {
      expect(stretch.start).toBe(next);
      next += stretch.length;
    }
    expect(next).toBe(prompt.length + 3);
  });
  it('shows the think tokens before the first step', () => {
    expect(layOutSequence(prompt.segments, [], 'after-each').filter((stretch) => stretch.role === 'think')).toHaveLength(4);
  });
  it('fills the strip exactly on both scales', () => {
    const rows = layOutSequence(prompt.segments, held, 'after-each');
    for (const scale of ['rows', 'even'] as const) {
      expect(stripShares(rows, scale).reduce((a, b) => a + b)).toBeCloseTo(1, 10);
    }
    expect(stripShares([], 'rows')).toEqual([]);
  });
});
