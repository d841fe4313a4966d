// Settings: bounds, clear errors, defaults of the paper.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { EngineFault } from '../../src/errors';
import { DEFAULT_SETTINGS, parseSettings, SETTING_FIELDS, SETTING_NAMES, isSettingValue, settingsDiff } from '../../src/settings/schema';
import { parseSetting, settingsFromParams } from '../../src/settings/text';

function errorOf(work: () => unknown) {
  try {
    work();
  } catch (thrown) {
    if (thrown instanceof EngineFault) return thrown.value;
    throw thrown;
  }
  throw new Error('nothing was thrown');
}

describe('defaults', () => {
  test('are the values of the paper where it gives them', () => {
    expect(DEFAULT_SETTINGS).toMatchObject({
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

  test.each(SETTING_NAMES)('%s has an allowed default, a label and a sentence', (name) => {
    const field = SETTING_FIELDS[name];
    expect(isSettingValue(name, DEFAULT_SETTINGS[name])).toBe(true);
    expect(field.label.length).toBeGreaterThan(2);
    expect(field.help).toMatch(/^[A-Z].*\.$/);
  });

  test('every choice, and every number the paper leaves open, says why it is as it is', () => {
    const open = ['initialPatches', 'patchesPerStep', 'maxPatches', 'topK', 'maxNewTokens', 'rewardThreshold', 'dependenceDraws'];
    const named = SETTING_NAMES.filter((name) => SETTING_FIELDS[name].kind === 'choice' || open.includes(name));
    expect(named.length).toBeGreaterThan(open.length);
    expect(named.filter((name) => !/^[A-Z].{20,}\.$/.test(SETTING_FIELDS[name].source ?? ''))).toEqual([]);
    const table = readFileSync('src/README.md', 'utf8').split('## What the paper leaves open')[1] ?? '';
    expect(named.filter((name) => !table.includes(`\`${name}\``))).toEqual([]);
  });

  test('differ from themselves in nothing', () => {
    expect(settingsDiff(DEFAULT_SETTINGS)).toEqual({});
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
    expect(parseSetting(name, text)).toStrictEqual({ name, value });
  });

  test('an unknown name says what is near', () => {
    const error = errorOf(() => parseSetting('sigmaDeacy', '1'));
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
    expect(errorOf(() => parseSetting(name, text)).action).toContain(expected);
  });

  test('names of the object prototype are no settings', () => {
    expect(errorOf(() => parseSetting('constructor', '1')).message).toContain('no setting');
    expect(errorOf(() => parseSettings({ toString: 1 })).message).toContain('no setting');
  });
});

test('settings that contradict each other are refused', () => {
  expect(errorOf(() => parseSettings({ minPixels: 200704, maxPixels: 3136 })).message).toContain('minPixels');
});

test('a link keeps what can be read and names what cannot', () => {
  const { settings, problems } = settingsFromParams([
    ['steps', '3'],
    ['sigma', 'loud'],
    ['theme', 'dark'],
  ]);
  expect(settings).toEqual({ ...DEFAULT_SETTINGS, steps: 3 });
  expect(problems.map((problem) => problem.message)).toEqual(['sigma cannot be "loud".']);
});
