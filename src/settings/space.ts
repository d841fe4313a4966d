// A set of settings made from their descriptions: defaults, checks, and what differs from the defaults.
import * as v from 'valibot';
import { fault, type EngineFault } from '../errors';
import type { Fields, SettingField, SettingsOf, SettingValue } from './field';

/** Settings by name, as a recording and a command line have them. */
export type SettingsRecord = Readonly<Record<string, SettingValue>>;

export interface SettingsSpace<F extends Fields = Fields> {
  readonly fields: F;
  readonly names: readonly string[];
  /** Headings in the order in which fields name them first. */
  readonly groups: readonly string[];
  readonly defaults: SettingsOf<F>;
  has(name: string): boolean;
  /** Whether `value` is allowed for the setting `name`. */
  accepts(name: string, value: unknown): value is SettingValue;
  /**
   * Completes a record with the defaults and checks it.
   * @throws EngineFault BAD_INPUT on an unknown name, a value out of range, or values that do not go together.
   */
  parse(record: Readonly<Record<string, unknown>>): SettingsOf<F>;
  /** The settings that differ from their defaults; `parse` turns them back into the same settings. */
  diff(settings: SettingsOf<F>): SettingsRecord;
}

/**
 * Makes a space of settings. `check` looks at values together and throws BAD_INPUT.
 * Throws a TypeError for a default that its own field does not accept.
 */
export function settingsSpace<const F extends Fields>(
  fields: F,
  check: (settings: SettingsOf<F>) => void = () => undefined,
): SettingsSpace<F> {
  const names = Object.keys(fields) as (keyof F & string)[];
  const schemas = new Map<string, v.GenericSchema<unknown, SettingValue>>(names.map((name) => [name, valueSchema(fields[name])]));
  const accepts = (name: string, value: unknown): value is SettingValue => {
    const schema = schemas.get(name);
    return schema !== undefined && v.is(schema, value);
  };
  const defaults = Object.fromEntries(names.map((name) => [name, fields[name].default])) as SettingsOf<F>;
  const odd = names.find((name) => !accepts(name, fields[name].default));
  if (odd !== undefined) throw new TypeError(`the default of ${odd} is not a value of it`);
  return {
    fields,
    names,
    groups: [...new Set(names.map((name) => fields[name].group))],
    defaults,
    has: (name) => schemas.has(name),
    accepts,
    parse(record) {
      const settings: Record<string, unknown> = { ...defaults };
      for (const [name, value] of Object.entries(record)) {
        if (!schemas.has(name)) throw unknownSetting(name, names);
        if (!accepts(name, value)) {
          throw badValue(name, fields[name], typeof value === 'string' ? value : (JSON.stringify(value) ?? typeof value));
        }
        settings[name] = value === 0 ? 0 : value; // -0 becomes 0
      }
      check(settings as SettingsOf<F>);
      return settings as SettingsOf<F>;
    },
    diff: (settings) => Object.fromEntries(names.filter((name) => settings[name] !== defaults[name]).map((name) => [name, settings[name]])),
  };
}

function valueSchema(field: SettingField): v.GenericSchema<unknown, SettingValue> {
  if (field.kind === 'boolean') return v.boolean();
  if (field.kind === 'choice') return v.picklist(field.choices.map((item) => item.value));
  const inRange = v.pipe(v.number(), v.finite(), v.minValue(field.min), v.maxValue(field.max));
  if (field.kind === 'integer') return v.pipe(inRange, v.integer());
  if (field.kind === 'optional-number' && field.whole) return v.nullable(v.pipe(inRange, v.integer()));
  return field.kind === 'optional-number' ? v.nullable(inRange) : inRange;
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
      return `a ${field.whole ? 'whole ' : ''}number from ${field.min} to ${field.max}, or none`;
  }
}

/** The error for a value that a setting does not take. */
export function badValue(name: string, field: SettingField, text: string): EngineFault {
  return fault('BAD_INPUT', `${name} cannot be "${shorten(text)}".`, `Set ${name} to ${describeRange(field)}.`);
}

/** The error for a name that is no setting, with the known names nearest to it. */
export function unknownSetting(name: string, known: readonly string[]): EngineFault {
  const near = nearestNames(name, known);
  return fault(
    'BAD_INPUT',
    `There is no setting "${shorten(name)}".`,
    `Did you mean ${near.join(', ')}? All settings: ${known.join(', ')}.`,
  );
}

const shorten = (text: string): string => (text.length > 40 ? `${text.slice(0, 40)}…` : text);

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
