// What a sweep may try: lists and ranges of values, checked by the method's own settings, at most 64 combinations.
import { describe, expect, test } from 'vitest';
import { METHODS } from '../../../../src/methods/registry';
import { combinations, MOST_COMBINATIONS, readValues, suggestedValues } from '../../../../web/many/sweep-plan';
import { figuresOf } from '../../../../web/views/methods/figures';

const dmlr = METHODS.get('dmlr');
const read = (name: string, text: string) => readValues(dmlr, name, text);

describe('values of a setting', () => {
  test.each([
    ['steps', '0, 5,10 ', [0, 5, 10]],
    ['steps', '0 to 30 by 10', [0, 10, 20, 30]],
    ['sigma', '0.1 to 0.3 by 0.1', [0.1, 0.2, 0.3]],
    ['sigma', '0.01 to 1 times 10', [0.01, 0.1, 1]],
    ['sigma', '0.1 TO 0.35 BY 0.1', [0.1, 0.2, 0.3]],
    ['patchSource', 'attention; none', ['attention', 'none']],
    ['rewardThreshold', 'none, 0.5', [null, 0.5]],
    ['dependence', 'on, off', [true, false]],
  ])('%s: %s', (name, text, values) => {
    expect(read(name, text)).toEqual(values);
  });

  test.each([
    ['steps', '', 'There is no value of steps to try.'],
    ['steps', '1, 2, 1', 'steps has the value 1 twice.'],
    ['steps', '1, 1.5', 'steps cannot be "1.5".'],
    ['steps', '0 to 900 by 300', 'steps cannot be "600".'],
    ['steps', '5 to 1 by 1', '"5 to 1 by 1" is no range of steps.'],
    ['sigma', '0 to 1 times 2', 'is no range of sigma.'],
    ['sigma', '0.1 to 1 by 0', 'is no range of sigma.'],
    ['patchSource', 'attention, magic', 'patchSource cannot be "magic".'],
    ['nothing', '1', 'There is no setting "nothing".'],
  ])('%s: %s is refused', (name, text, words) => {
    expect(() => read(name, text)).toThrow(words);
  });

  test('those that are suggested can be read, for every setting of every method', () => {
    for (const method of METHODS.list) {
      for (const name of method.space.names) {
        expect(readValues(method, name, suggestedValues(method.space.fields[name])).length, name).toBeGreaterThan(0);
      }
    }
  });

  test('those of the paper’s sweeps can be read', () => {
    for (const method of METHODS.list) {
      for (const { settings } of figuresOf(method.id)) {
        for (const { name, values } of settings) expect(readValues(method, name, values).length).toBeGreaterThan(3);
      }
    }
    expect(figuresOf('dmlr').length).toBeGreaterThan(0);
  });
});

describe('combinations', () => {
  test('are all there, the last setting fastest, with everything else as it was', () => {
    const found = combinations(dmlr, { ...dmlr.space.defaults, seed: 7 }, [
      { name: 'steps', values: [1, 2] },
      { name: 'sigma', values: [0.1, 0.2, 0.3] },
    ]);
    expect(found.map(({ values }) => values)).toEqual([
      [1, 0.1],
      [1, 0.2],
      [1, 0.3],
      [2, 0.1],
      [2, 0.2],
      [2, 0.3],
    ]);
    expect(found[4].settings).toEqual({ ...dmlr.space.defaults, seed: 7, steps: 2, sigma: 0.2 });
  });

  test('are refused where they are too many, twice the same setting, or do not go together', () => {
    const steps = { name: 'steps', values: Array.from({ length: 13 }, (_, index) => index) };
    const latents = { name: 'latents', values: [1, 2, 3, 4, 5] };
    expect(() => combinations(dmlr, {}, [steps, latents])).toThrow(`The sweep has 65 combinations, and at most ${MOST_COMBINATIONS}`);
    expect(combinations(dmlr, {}, [steps, { ...latents, values: [1, 2, 3, 4] }])).toHaveLength(52);
    expect(() => combinations(dmlr, {}, [latents, latents])).toThrow('Both settings of the sweep are latents.');
    expect(() => combinations(dmlr, {}, [{ name: 'minPixels', values: [1_003_520] }])).toThrow('is above maxPixels');
    const endless = { name: 'seed', values: readValues(dmlr, 'seed', '0 to 4000000000 by 1') };
    expect(() => combinations(dmlr, {}, [endless])).toThrow('too many combinations');
  });
});
