// Settings: bounds, clear errors, defaults of the paper.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { EngineFault } from '../../../../src/errors';
import { defineMethod } from '../../../../src/methods/method';
import { dmlr } from '../../../../src/methods/dmlr/dmlr';
import { METHODS } from '../../../../src/methods/registry';
import { PROMPT_FORMS } from '../../../../src/prompt/forms';
import { toggle } from '../../../../src/settings/field';
import { parseSetting, settingsFromParams } from '../../../../src/settings/text';

function errorOf(work: () => unknown) {
  try {
    work();
  } catch (thrown) {
    if (thrown instanceof EngineFault) return thrown.value;
    throw thrown;
  }
  throw new Error('nothing was thrown');
}

const { space } = dmlr;
const EVERY = METHODS.list.flatMap((method) => method.space.names.map((name) => [method.id, name, method] as const));

describe('defaults', () => {
  test('are the values of the paper where it gives them', () => {
    expect(space.defaults).toMatchObject({
      latents: 4,
      steps: 15,
      sigma: 0.1,
      sigmaDecay: 0.95,
      learningRate: 0.001,
      initialPatches: 2,
      patchesPerStep: 2,
      maxPatches: 16,
      maxPixels: 256 * 28 * 28,
      seed: 42,
      rewardThreshold: null,
    });
  });

  test.each(EVERY)('%s: %s has an allowed default, a label and a sentence', (_id, name, method) => {
    const field = method.space.fields[name];
    expect(method.space.accepts(name, field.default)).toBe(true);
    expect(field.label.length).toBeGreaterThan(2);
    expect(field.help).toMatch(/^[A-Z].*\.$/);
  });

  test('every choice, and every number the paper leaves open, says why it is as it is', () => {
    const open = ['initialPatches', 'patchesPerStep', 'maxPatches', 'topK', 'maxNewTokens', 'rewardThreshold', 'dependenceDraws'];
    const fields: Readonly<Record<string, (typeof space.fields)[keyof typeof space.fields]>> = space.fields;
    const named = space.names.filter((name) => fields[name].kind === 'choice' || open.includes(name));
    expect(named.length).toBeGreaterThan(open.length);
    expect(named.filter((name) => !/^[A-Z].{20,}\.$/.test(fields[name].source ?? ''))).toEqual([]);
    const table = readFileSync('src/README.md', 'utf8').split('## What the paper leaves open')[1] ?? '';
    expect(named.filter((name) => !table.includes(`\`${name}\``))).toEqual([]);
  });

  test('differ from themselves in nothing', () => {
    expect(space.diff(space.defaults)).toEqual({});
  });
});

describe('parseSetting', () => {
  test.each([
    ['latents', '2', 2],
    ['sigma', '2.5e1', 25],
    ['noiseScale', 'absolute', 'absolute'],
    ['measureUnperturbed', 'off', false],
    ['rewardThreshold', 'none', null],
    ['rewardThreshold', '-0.5', -0.5],
    ['seed', '-0', 0],
  ])('%s=%s', (name, text, value) => {
    expect(parseSetting(space, name, text)).toStrictEqual({ name, value });
  });

  test('an unknown name says what is near', () => {
    const error = errorOf(() => parseSetting(space, 'sigmaDeacy', '1'));
    expect(error.code).toBe('BAD_INPUT');
    expect(error.message).toContain('"sigmaDeacy"');
    expect(error.action).toMatch(/^Did you mean sigmaDecay,/);
  });

  test.each([
    ['latents', '0', 'a whole number from 1 to 16'],
    ['latents', '2.5', 'a whole number from 1 to 16'],
    ['latents', '0x10', 'a whole number from 1 to 16'],
    ['latents', '', 'a whole number from 1 to 16'],
    ['sigma', 'Infinity', 'a number from 0.0001 to 100'],
    ['rewardForm', 'best', 'one of paper, code'],
    ['dependence', 'maybe', 'true or false'],
  ])('%s=%s is refused with the range', (name, text, expected) => {
    expect(errorOf(() => parseSetting(space, name, text)).action).toContain(expected);
  });

  test('names of the object prototype are no settings', () => {
    expect(errorOf(() => parseSetting(space, 'constructor', '1')).message).toContain('no setting');
    expect(errorOf(() => space.parse({ toString: 1 })).message).toContain('no setting');
  });
});

test('settings that contradict each other are refused', () => {
  expect(errorOf(() => space.parse({ minPixels: 200704, maxPixels: 3136 })).message).toContain('minPixels');
});

test('a link keeps what can be read and names what cannot', () => {
  const { settings, problems } = settingsFromParams(space, [
    ['steps', '3'],
    ['sigma', 'loud'],
    ['theme', 'dark'],
  ]);
  expect(settings).toEqual({ ...space.defaults, steps: 3 });
  expect(problems.map((problem) => problem.message)).toEqual(['sigma cannot be "loud".']);
});

describe('a method and its settings', () => {
  const definition = { id: 'other', label: 'Other', help: 'Does nothing.', prompt: () => PROMPT_FORMS.direct };
  const loud = toggle({ label: 'Loud', help: 'Shouts.', group: 'Voice', default: false });

  test('has its own beside those that every method has', () => {
    const { space: own } = defineMethod({ ...definition, fields: { loud } });
    expect(own.names).toContain('loud');
    expect(own.names).toContain('seed');
    expect(own.groups[0]).toBe('Voice');
    expect(own.parse({ loud: true })).toMatchObject({ loud: true, seed: 42 });
    expect(errorOf(() => own.parse({ sigma: 1 })).message).toContain('no setting "sigma"');
  });

  test.each([
    ['an id that no link could carry', { id: 'Two words', fields: {} }],
    ['a setting named as a common one', { id: 'twice', fields: { seed: loud } }],
    ['a default that is no value', { id: 'odd', fields: { loud: { ...loud, default: 3 as unknown as boolean } } }],
  ])('with %s is refused', (_, changes) => {
    expect(() => defineMethod({ ...definition, ...changes })).toThrow(TypeError);
  });

  test('an unknown one is refused with those there are', () => {
    const error = errorOf(() => METHODS.get('telepathy'));
    expect(error).toMatchObject({ code: 'BAD_INPUT', message: 'There is no method "telepathy".' });
    expect(error.action).toContain('dmlr, ivtlr, direct, cot');
  });
});
