// What a sweep tries: one or two settings of a method, each over a list or a range of values, in every combination.
import { fault } from '../../src/errors';
import type { Method } from '../../src/methods/method';
import type { SettingField, SettingValue } from '../../src/settings/field';
import type { SettingsRecord } from '../../src/settings/space';
import { formatSetting, parseSetting } from '../../src/settings/text';

/** The most combinations that one sweep tries. */
export const MOST_COMBINATIONS = 64;

/** A setting and the values it takes, in order. */
export interface Axis {
  readonly name: string;
  readonly values: readonly SettingValue[];
}

/** One combination: the swept settings' values, and all settings of its run. */
export interface Combination {
  readonly values: readonly SettingValue[];
  readonly settings: SettingsRecord;
}

const RANGE = /^(\S+)\s+to\s+(\S+)\s+(by|times)\s+(\S+)$/i;

/**
 * Reads the values of a setting: a list (`0.05, 0.1, 0.2`), a range of equal distances (`0 to 30 by 5`) or of equal ratios (`0.01 to 1 times
 * 10`), both ends included as far as they are met.
 *
 * @throws EngineFault BAD_INPUT for no value, a value that the setting does not take, one given twice, or a range without an end
 */
export function readValues({ space }: Pick<Method, 'space'>, name: string, text: string): SettingValue[] {
  const parts = rangeTexts(text.trim(), name) ?? text.split(/[,;\n]/).map((part) => part.trim());
  const given = parts.filter((part) => part !== '');
  if (given.length === 0) {
    throw fault('BAD_INPUT', `There is no value of ${name} to try.`, 'Give a list such as 1, 2, 4, or a range such as 0 to 30 by 5.');
  }
  const values = given.map((part) => parseSetting(space, name, part).value);
  const twice = values.find((value, index) => values.indexOf(value) !== index);
  if (twice !== undefined) throw fault('BAD_INPUT', `${name} has the value ${formatSetting(twice)} twice.`, 'Give each value once.');
  return values;
}

/** The numbers of a range as texts; null for a text that is none. One more than may be tried is enough to refuse it. */
function rangeTexts(text: string, name: string): string[] | null {
  const found = RANGE.exec(text);
  if (found === null) return null;
  const [from, to, step] = [found[1], found[2], found[4]].map(Number);
  const isRatio = found[3].toLowerCase() === 'times';
  const grows = isRatio ? from > 0 && step > 1 : step > 0;
  if (![from, to, step].every(Number.isFinite) || !grows || to < from) {
    throw fault(
      'BAD_INPUT',
      `"${text.slice(0, 60)}" is no range of ${name}.`,
      'Write the lowest number, "to", the highest, then "by" and a distance above 0, or "times" and a factor above 1.',
    );
  }
  const numbers: number[] = [];
  for (let at = 0; at <= MOST_COMBINATIONS; at++) {
    const value = isRatio ? from * step ** at : from + at * step;
    // An end that is met but for rounding belongs to the range.
    if (value > to + Math.abs(to) * 1e-9) break;
    numbers.push(value);
  }
  return numbers.map((value) => String(Number(value.toPrecision(12))));
}

/**
 * Every combination of the axes' values, the last axis fastest.
 *
 * @param base the settings that all runs share.
 * @throws EngineFault BAD_INPUT for too many, for one setting twice, and for values that do not go together
 */
export function combinations({ space }: Pick<Method, 'space'>, base: SettingsRecord, axes: readonly Axis[]): Combination[] {
  if (axes.length === 2 && axes[0].name === axes[1].name) {
    throw fault('BAD_INPUT', `Both settings of the sweep are ${axes[0].name}.`, 'Choose two different settings, or one.');
  }
  const count = axes.reduce((product, { values }) => product * values.length, 1);
  if (count > MOST_COMBINATIONS) {
    const many = axes.some(({ values }) => values.length > MOST_COMBINATIONS);
    throw fault(
      'BAD_INPUT',
      `The sweep has ${many ? 'too many' : count} combinations, and at most ${MOST_COMBINATIONS} are tried.`,
      'Give fewer values.',
    );
  }
  const values = axes.reduce<SettingValue[][]>(
    (before, axis) => before.flatMap((one) => axis.values.map((value) => [...one, value])),
    [[]],
  );
  return values.map((one) => ({
    values: one,
    settings: space.parse({ ...base, ...Object.fromEntries(axes.map(({ name }, index) => [name, one[index]])) }),
  }));
}

/** Values worth trying when a setting is first chosen: all choices, both of a switch, a few numbers around the default. */
export function suggestedValues(field: SettingField): string {
  switch (field.kind) {
    case 'boolean':
      return 'false, true';
    case 'choice':
      return field.choices.map(({ value }) => value).join(', ');
    default: {
      const { min, max, scale } = field;
      const middle = field.default ?? min;
      const whole = field.kind === 'integer' || ('whole' in field && (field.whole ?? false));
      const around =
        scale === 'log' || middle === 0
          ? [middle / 4, middle / 2, middle, middle * 2, middle * 4]
          : [middle / 2, (3 * middle) / 4, middle, (3 * middle) / 2, middle * 2];
      const numbers = around
        .map((value) => Math.min(max, Math.max(min, whole ? Math.round(value) : value)))
        .map((value) => String(Number(value.toPrecision(4))));
      return [...new Set(numbers)].join(', ');
    }
  }
}
