// What a sweep measures, and how its numbers and settings are written.
import type { SettingField, SettingValue } from '../../src/settings/field';
import { formatSetting } from '../../src/settings/text';
import { formatProbability, formatReward, formatShare } from '../../src/text/format';
import type { Combination } from './sweep-plan';
import type { Axis } from './sweep-plan';

export const MEASURES = ['reward', 'probability', 'right'] as const;
export type Measure = (typeof MEASURES)[number];

/** A mean of a measure as text. */
export function measured(measure: Measure, value: number | null): string {
  if (measure === 'reward') return formatReward(value);
  return measure === 'probability' ? formatProbability(value) : formatShare(value);
}

/** A setting's value as a person would say it: a choice by its label. */
export function valueWords(field: SettingField, value: SettingValue): string {
  if (field.kind === 'choice') return field.choices.find((one) => one.value === value)?.label ?? formatSetting(value);
  if (field.kind === 'boolean') return value === true ? 'on' : 'off';
  return formatSetting(value);
}

/** "Steps 5, Noise 0.1" */
export function combinationWords(axes: readonly Axis[], fields: Readonly<Record<string, SettingField>>, { values }: Combination): string {
  return axes.map(({ name }, index) => `${fields[name].label} ${valueWords(fields[name], values[index])}`).join(', ');
}
