// What a run's latent steps are: the settings, then what the model was trained with, then the released code's numbers; and what cannot be.
import { describe, expect, test } from 'vitest';
import { latentPlan, positionsOf, stepsOf } from '../../../../../src/methods/ivtlr/plan';
import type { IvtlrSettings } from '../../../../../src/methods/ivtlr/settings';
import type { InterleavedLatent } from '../../../../../src/model/interleaved-latent';
import { ivtlrSettings } from '../../../../fakes/ivtlr-run';
import { randomImage, randomPicture, readPrompt } from '../../../../fakes/jobs';
import { faultOf } from '../../../../faults';
import { TOY_INFO, toyModel } from '../../../../fakes/toy-model';

const TRAINED: InterleavedLatent = { steps: 2, patches: 5, order: 'paper', reuse: 'always', positions: 'sequence' };
/** 10 x 12 image tokens of the toy model. */
const model = toyModel();
const large = await readPrompt(model, randomImage(model, randomPicture(280, 336)));
const small = await readPrompt(model);

const plan = (changes: Partial<IvtlrSettings> = {}, trained?: InterleavedLatent, context: Parameters<typeof latentPlan>[2] = large) =>
  latentPlan(ivtlrSettings(changes), { ...TOY_INFO, ...(trained ? { interleavedLatent: trained } : {}) }, context);

describe('choices that are left open', () => {
  test('are those the model was trained with', () => {
    expect(plan({}, TRAINED)).toEqual({ ...TRAINED, text: true, vision: true, choice: 'attention' });
    expect(positionsOf(ivtlrSettings(), { interleavedLatent: TRAINED })).toBe('sequence');
    expect(stepsOf(ivtlrSettings(), { interleavedLatent: TRAINED })).toBe(2);
  });

  test('are the released code’s for a model that was not trained, and a third of the picture at most', () => {
    const released = { steps: 3, patches: 32, order: 'release', reuse: 'never', positions: 'model' };
    expect(plan()).toMatchObject(released);
    expect(plan({}, undefined, small)).toMatchObject({ ...released, patches: 4 });
  });

  test('what is set counts, trained or not', () => {
    const set = {
      latentSteps: 8,
      patches: 120,
      order: 'release',
      reuse: 'next-step-only',
      positions: 'model',
      patchChoice: 'random',
    } as const;
    const expected = { steps: 8, patches: 120, order: 'release', reuse: 'next-step-only', positions: 'model', choice: 'random' };
    expect(plan(set, TRAINED)).toMatchObject(expected);
    expect(plan(set)).toMatchObject(expected);
  });

  test('a model that was trained without patches inserts none unless told to', () => {
    expect(plan({}, { ...TRAINED, patches: 0 })).toMatchObject({ patches: 0, vision: false });
    expect(plan({ patches: 2 }, { ...TRAINED, patches: 0 })).toMatchObject({ patches: 2, vision: true });
  });

  test('trained for more patches than a picture has: all of them', () => {
    expect(plan({}, { ...TRAINED, patches: 32 }, small)).toMatchObject({ patches: 12 });
  });

  test('all patches are as many as the picture has; without both parts there is no step', () => {
    expect(plan({ patchChoice: 'all' })).toMatchObject({ patches: 120 });
    expect(plan({ textPart: false, visionPart: false })).toMatchObject({ steps: 0, patches: 0 });
  });
});

describe('what cannot be is said in a sentence', () => {
  test('more patches than the picture has; just as many can be', () => {
    expect(faultOf(() => plan({ patches: 121 }))).toMatchObject({
      code: 'BAD_INPUT',
      message: 'Each step should insert 121 patches, and this picture has 120 image tokens.',
    });
    expect(plan({ patches: 120 })).toMatchObject({ patches: 120 });
  });

  test('no picture', () => {
    const none = { ...large, image: null };
    expect(faultOf(() => plan({}, TRAINED, none))).toMatchObject({
      code: 'BAD_INPUT',
      message: expect.stringContaining('has no picture') as string,
    });
    expect(plan({ visionPart: false }, TRAINED, none)).toMatchObject({ steps: 2, patches: 0 });
    expect(plan({ latentSteps: 0 }, TRAINED, none)).toMatchObject({ steps: 0 });
  });

  test('a sequence that leaves no room for an answer, and the longest that does', () => {
    const after = TOY_INFO.maxLength - 1 - 2 * 6;
    const at = (length: number) => ({ ...large, length: length - large.closing.rows.length });
    expect(plan({}, TRAINED, at(after))).toMatchObject({ steps: 2 });
    expect(faultOf(() => plan({}, TRAINED, at(after + 1)))).toMatchObject({
      code: 'BAD_INPUT',
      message: 'Prompt and 2 latent steps of 5 patches have up to 4096 rows; this model has 4096, which leaves no room for an answer.',
    });
  });

  test('all of more patches than a step may have', () => {
    const image = { ...(large.image as NonNullable<typeof large.image>), length: 257 };
    expect(faultOf(() => plan({ patchChoice: 'all' }, undefined, { ...large, image }))).toMatchObject({
      code: 'BAD_INPUT',
      message: 'A step can insert at most 256 image tokens; this picture has 257.',
    });
  });
});
