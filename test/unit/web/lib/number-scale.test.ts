// Sliders and number boxes: places and values agree, and what is typed is judged.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { METHODS } from '../../../../src/methods/registry';
import { integer, type NumberField, type OptionalNumberField } from '../../../../src/settings/field';
import type { SettingsSpace } from '../../../../src/settings/space';
import { fromSlider, numberProblem, SLIDER_STEPS, toSlider } from '../../../../web/lib/number-scale';

const NUMBERS = METHODS.list.flatMap(({ id, space }) =>
  space.names.flatMap((name): [string, NumberField | OptionalNumberField, SettingsSpace][] => {
    const field = space.fields[name];
    return field.kind === 'choice' || field.kind === 'boolean' ? [] : [[`${id} ${name}`, field, space]];
  }),
);

describe.each(NUMBERS)('%s', (name, field, space) => {
  test('every place of the slider gives a value the setting takes, never falling', () => {
    let before = -Infinity;
    for (let place = 0; place <= SLIDER_STEPS; place++) {
      const value = fromSlider(field, place);
      expect(space.accepts(name.split(' ')[1], value), `${value} at ${place}`).toBe(true);
      expect(value).toBeGreaterThanOrEqual(before);
      before = value;
    }
  });

  test('a value from the slider goes back to a place that gives the same value, or the next to it', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: SLIDER_STEPS }), (place) => {
        const value = fromSlider(field, place);
        const again = fromSlider(field, toSlider(field, value));
        expect(Math.abs(again - value)).toBeLessThanOrEqual(Math.max(Math.abs(value) * 0.11, (field.max - field.min) / SLIDER_STEPS));
      }),
    );
  });

  test('its bounds may be typed, what lies outside may not', () => {
    expect(numberProblem(field, String(field.min))).toBeNull();
    expect(numberProblem(field, String(field.max))).toBeNull();
    expect(numberProblem(field, String(field.max + 1))).not.toBeNull();
    expect(numberProblem(field, 'NaN')).not.toBeNull();
    expect(numberProblem(field, '0x10')).not.toBeNull();
    expect(numberProblem(field, '') === null).toBe(field.kind === 'optional-number');
  });
});

test('whole numbers are asked for where a setting is whole', () => {
  const field = integer({ label: 'Count', help: 'A count.', group: 'Run', default: 1, min: 1, max: 9 });
  expect(numberProblem(field, '2.5')).toMatch(/whole/);
});
