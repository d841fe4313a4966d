// Settings as text: `name=value` of a command line, and the search parameters of a link.
import { EngineFault, type EngineError } from '../errors';
import type { Fields, SettingField, SettingsOf, SettingValue } from './field';
import { badValue, unknownSetting, type SettingsSpace } from './space';

/**
 * Reads one setting from text. Numbers in plain or scientific notation; booleans as true/false, yes/no, on/off, 1/0;
 * a setting that can be off takes `none`.
 * @throws EngineFault BAD_INPUT that names what is wrong and what is expected.
 */
export function parseSetting(space: SettingsSpace, name: string, text: string): { readonly name: string; readonly value: SettingValue } {
  if (!space.has(name)) throw unknownSetting(name, space.names);
  const value = readText(space.fields[name], text.trim());
  if (value === undefined || !space.accepts(name, value)) throw badValue(name, space.fields[name], text);
  return { name, value };
}

/** A setting's value as the text `parseSetting` reads. */
export function formatSetting(value: SettingValue): string {
  return value === null ? 'none' : String(value);
}

/** Search-parameter pairs of the settings that differ from their defaults. */
export function settingsToParams<F extends Fields>(space: SettingsSpace<F>, settings: SettingsOf<F>): [name: string, value: string][] {
  return Object.entries(space.diff(settings)).map(([name, value]) => [name, formatSetting(value)]);
}

/**
 * Reads settings from search-parameter pairs and never throws: what cannot be read keeps `base` and is named in `problems`.
 * Names that are no settings of the space are left to whoever owns them. Of a name given twice the last one counts.
 */
export function settingsFromParams<F extends Fields>(
  space: SettingsSpace<F>,
  pairs: Iterable<readonly [string, string]>,
  base: SettingsOf<F> = space.defaults,
): { readonly settings: SettingsOf<F>; readonly problems: readonly EngineError[] } {
  const problems: EngineError[] = [];
  const found: Record<string, SettingValue> = {};
  for (const [name, text] of pairs) {
    if (!space.has(name)) continue;
    attempt(problems, () => (found[name] = parseSetting(space, name, text).value));
  }
  const settings = attempt(problems, () => space.parse({ ...base, ...found }));
  return { settings: settings ?? base, problems };
}

function attempt<T>(problems: EngineError[], work: () => T): T | undefined {
  try {
    return work();
  } catch (thrown) {
    if (!(thrown instanceof EngineFault)) throw thrown;
    problems.push(thrown.value);
    return undefined;
  }
}

const TRUE = ['true', 'yes', 'on', '1'];
const FALSE = ['false', 'no', 'off', '0'];
const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d{1,3})?$/i;

function readText(field: SettingField, text: string): SettingValue | undefined {
  const lower = text.toLowerCase();
  switch (field.kind) {
    case 'choice':
      return text;
    case 'boolean':
      return TRUE.includes(lower) ? true : FALSE.includes(lower) ? false : undefined;
    case 'optional-number':
      if (lower === 'none' || lower === '') return null;
      return readNumber(text);
    case 'integer':
    case 'number':
      return readNumber(text);
  }
}

function readNumber(text: string): number | undefined {
  // Adding 0 turns -0 into 0, which prints and reads back the same.
  return NUMBER.test(text) ? Number(text) + 0 : undefined;
}
