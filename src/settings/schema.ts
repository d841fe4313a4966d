// The settings of a run: their type, defaults and checks, all from the one description of each field.
import * as v from 'valibot';
import { fault } from '../errors';
import type { SettingField, SettingGroup, SettingValue, ValueOf } from './field';
import { ANSWER_FIELDS, DEPENDENCE_FIELDS, PICTURE_FIELDS } from './fields-answer';
import { PATCH_FIELDS } from './fields-patches';
import { REWARD_FIELDS, THINKING_FIELDS } from './fields-thinking';

const FIELDS = {
  ...THINKING_FIELDS,
  ...REWARD_FIELDS,
  ...PATCH_FIELDS,
  ...ANSWER_FIELDS,
  ...DEPENDENCE_FIELDS,
  ...PICTURE_FIELDS,
};

export type SettingName = keyof typeof FIELDS;
export type RunSettings = { readonly [K in SettingName]: ValueOf<(typeof FIELDS)[K]> };

/** Every setting's description, by name. */
export const SETTING_FIELDS: { readonly [K in SettingName]: SettingField } = FIELDS;
export const SETTING_NAMES = Object.keys(FIELDS) as readonly SettingName[];
export const SETTING_GROUPS: readonly SettingGroup[] = ['Thinking', 'Reward', 'Patches', 'Answer', 'Dependence', 'Picture'];

/** The paper's values where it gives them (appendix A.3). */
export const DEFAULT_SETTINGS = Object.fromEntries(SETTING_NAMES.map((name) => [name, FIELDS[name].default])) as RunSettings;

function valueSchema(field: SettingField): v.GenericSchema<unknown, SettingValue> {
  if (field.kind === 'boolean') return v.boolean();
  if (field.kind === 'choice') return v.picklist(field.choices.map((item) => item.value));
  const inRange = v.pipe(v.number(), v.finite(), v.minValue(field.min), v.maxValue(field.max));
  if (field.kind === 'integer') return v.pipe(inRange, v.integer());
  return field.kind === 'optional-number' ? v.nullable(inRange) : inRange;
}

const valueSchemas = Object.fromEntries(SETTING_NAMES.map((name) => [name, valueSchema(FIELDS[name])])) as {
  readonly [K in SettingName]: v.GenericSchema<unknown, SettingValue>;
};

export function isSettingName(name: string): name is SettingName {
  return Object.hasOwn(FIELDS, name);
}

/** Whether `value` is allowed for the setting `name`. */
export function isSettingValue(name: SettingName, value: unknown): value is SettingValue {
  return v.is(valueSchemas[name], value);
}

/** What a setting accepts, for people to read: "a whole number from 1 to 16". */
export function describeRange(field: SettingField): string {
  switch (field.kind) {
    case 'boolean':
      return 'true or false';
    case 'choice':
      return `one of ${field.choices.map((item) => item.value).join(', ')}`;
    case 'integer':
      return `a whole number from ${field.min} to ${field.max}`;
    case 'number':
      return `a number from ${field.min} to ${field.max}`;
    case 'optional-number':
      return `a number from ${field.min} to ${field.max}, or none`;
  }
}

/**
 * Completes a record of settings with the defaults and checks it.
 * @throws EngineFault BAD_INPUT on an unknown name, a value out of range, or minPixels above maxPixels.
 */
export function parseSettings(record: Readonly<Record<string, unknown>>): RunSettings {
  const settings: Record<string, unknown> = { ...DEFAULT_SETTINGS };
  for (const [name, value] of Object.entries(record)) {
    if (!isSettingName(name)) throw unknownSetting(name);
    if (!isSettingValue(name, value)) throw badValue(name, typeof value === 'string' ? value : (JSON.stringify(value) ?? typeof value));
    settings[name] = value === 0 ? 0 : value; // -0 becomes 0
  }
  return checkTogether(settings as RunSettings);
}

/** The settings that differ from their defaults; `parseSettings` turns them back into the same settings. */
export function settingsDiff(settings: RunSettings): Partial<Record<SettingName, SettingValue>> {
  const names = SETTING_NAMES.filter((name) => settings[name] !== DEFAULT_SETTINGS[name]);
  return Object.fromEntries(names.map((name) => [name, settings[name]]));
}

function checkTogether(settings: RunSettings): RunSettings {
  if (settings.minPixels > settings.maxPixels) {
    throw fault(
      'BAD_INPUT',
      `minPixels (${settings.minPixels}) is above maxPixels (${settings.maxPixels}).`,
      'Lower minPixels or raise maxPixels.',
    );
  }
  return settings;
}

/** The error for a value that a setting does not take. */
export function badValue(name: SettingName, text: string) {
  const shown = text.length > 40 ? `${text.slice(0, 40)}…` : text;
  return fault('BAD_INPUT', `${name} cannot be "${shown}".`, `Set ${name} to ${describeRange(SETTING_FIELDS[name])}.`);
}

/** The error for a name that is no setting, with the known names nearest to it. */
export function unknownSetting(name: string) {
  const shown = name.length > 40 ? `${name.slice(0, 40)}…` : name;
  const near = nearestNames(name, SETTING_NAMES);
  return fault(
    'BAD_INPUT',
    `There is no setting "${shown}".`,
    `Did you mean ${near.join(', ')}? All settings: ${SETTING_NAMES.join(', ')}.`,
  );
}

/** The up to three `known` names with the smallest edit distance to `name`, nearest first. */
function nearestNames(name: string, known: readonly string[]): string[] {
  const wanted = name.toLowerCase().slice(0, 40);
  return known
    .map((candidate) => ({ candidate, distance: editDistance(wanted, candidate.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance)
    .slice(0, 3)
    .map((entry) => entry.candidate);
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next.push(Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1)));
    }
    row = next;
  }
  return row[b.length];
}
