// The visitor's choices as text: settings of each method, method, device, model and weights, in an address and as they are saved.
import type { LoadRequest } from '../../src/engine/model-host';
import { type EngineError, toEngineError } from '../../src/errors';
import type { Method } from '../../src/methods/method';
import type { MethodRegistry } from '../../src/methods/method-registry';
import { DTYPE_CHOICES } from '../../src/model/dtype';
import { COMMON_FIELDS } from '../../src/settings/common';
import type { SettingsRecord } from '../../src/settings/space';
import { formatSetting, settingsFromParams } from '../../src/settings/text';

export const DEVICES = ['auto', 'webgpu', 'wasm'] as const satisfies readonly LoadRequest['device'][];

export interface Choices {
  /** Id of a method. */
  readonly method: string;
  /** Common settings that differ from their defaults; every method has them. */
  readonly common: SettingsRecord;
  /** Other settings that differ from their defaults, by the id of the method they belong to. */
  readonly own: Readonly<Record<string, SettingsRecord>>;
  readonly device: LoadRequest['device'];
  readonly dtype: LoadRequest['dtype'];
  /** A model as people write it (`parseModelSource` reads it); the name of one that comes with the page, empty for the first of these (`siteFolder`). */
  readonly model: string;
}

type Pairs = [name: string, value: string][];
/** All settings of a method. */
export type AllSettings = ReturnType<Method['space']['parse']>;

const PLAIN = { device: DEVICES, dtype: DTYPE_CHOICES } as const;
const PLAIN_NAMES = Object.keys(PLAIN) as (keyof typeof PLAIN)[];
const PLAIN_DEFAULTS = { device: 'auto', dtype: 'auto' } as const;
/** Longer than the address of any model. */
const LONGEST_MODEL = 400;

/** Nothing chosen: the first method with its defaults, and the model that comes with the page. */
export function defaultChoices(methods: MethodRegistry): Choices {
  return { method: methods.list[0].id, common: {}, own: {}, model: '', ...PLAIN_DEFAULTS };
}

/** All settings of `method` as they are chosen. */
export function settingsFor(method: Method, { common, own }: Pick<Choices, 'common' | 'own'>): AllSettings {
  return method.space.parse({ ...own[method.id], ...common });
}

/** The choices with these settings of `method`. */
export function withSettings<C extends Pick<Choices, 'common' | 'own'>>(choices: C, method: Method, settings: AllSettings): C {
  const differing = Object.entries(method.space.diff(settings));
  const common = Object.fromEntries(differing.filter(([name]) => isCommon(name)));
  const own = Object.fromEntries(differing.filter(([name]) => !isCommon(name)));
  return { ...choices, common, own: { ...choices.own, [method.id]: own } };
}

/** Reads an address; what cannot be read keeps `base` and is named in `problems`. Never throws. */
export function readChoices(
  methods: MethodRegistry,
  params: URLSearchParams,
  base: Choices,
): { readonly choices: Choices; readonly problems: readonly EngineError[] } {
  const chosen = readMethod(methods, params, base.method);
  const { settings, problems } = settingsFromParams(chosen.method.space, params, settingsFor(chosen.method, base));
  const choices = withSettings({ ...base, ...readPlain(params, base), method: chosen.method.id }, chosen.method, settings);
  return { choices, problems: [...chosen.problems, ...problems] };
}

/** What an address carries: the method, and what differs from the defaults for that method. */
export function choicesToParams(methods: MethodRegistry, choices: Choices): Pairs {
  const { common, own, method } = choices;
  return [...plainPairs(methods, choices), ...settingPairs({ ...own[method], ...common })];
}

/** Reads what was saved, the settings of every method; what cannot be read is left out. Never throws. */
export function readSavedChoices(methods: MethodRegistry, text: string): Choices {
  const params = new URLSearchParams(text);
  const base = defaultChoices(methods);
  const { method } = readMethod(methods, params, base.method);
  let choices: Choices = { ...base, ...readPlain(params, base), method: method.id };
  for (const one of methods.list) {
    const prefix = `${one.id}.`;
    // Without a prefix: common settings, and all settings as they were saved when methods shared them.
    const pairs = [...params].map(([name, value]): [string, string] => [name.startsWith(prefix) ? name.slice(prefix.length) : name, value]);
    choices = withSettings(choices, one, settingsFromParams(one.space, pairs, settingsFor(one, choices)).settings);
  }
  return choices;
}

/** What is saved: as an address, with the settings of every method, named as `method.setting`. */
export function choicesToSave(methods: MethodRegistry, choices: Choices): Pairs {
  const own = methods.list.flatMap(({ id }) =>
    settingPairs(choices.own[id] ?? {}).map(([name, value]): [string, string] => [`${id}.${name}`, value]),
  );
  return [...plainPairs(methods, choices), ...settingPairs(choices.common), ...own];
}

/** `search` with its choices replaced by `pairs`; parameters that are no choices stay. */
export function mergeSearch(methods: MethodRegistry, search: string, pairs: readonly (readonly [string, string])[]): string {
  const params = new URLSearchParams(search);
  for (const name of ['model', 'method', ...PLAIN_NAMES, ...methods.list.flatMap(({ space }) => space.names)]) params.delete(name);
  for (const [name, value] of pairs) params.set(name, value);
  const text = params.toString();
  return text === '' ? '' : `?${text}`;
}

const isCommon = (name: string): boolean => Object.hasOwn(COMMON_FIELDS, name);

/**
 * The method that is named; else that of `base`, unless an own setting of the default method is named and `base` has no such
 * setting: links leave the default method out.
 */
function readMethod(methods: MethodRegistry, params: URLSearchParams, base: string): { method: Method; problems: readonly EngineError[] } {
  const [first] = methods.list;
  const before = methods.find(base) ?? first;
  const named = params.get('method');
  if (named === null) {
    const isOfFirst = [...params.keys()].some((name) => first.space.has(name) && !before.space.has(name));
    return { method: isOfFirst ? first : before, problems: [] };
  }
  try {
    return { method: methods.get(named), problems: [] };
  } catch (thrown) {
    return { method: before, problems: [toEngineError(thrown)] };
  }
}

function readPlain(params: URLSearchParams, base: Choices): Pick<Choices, 'model' | keyof typeof PLAIN> {
  const known = <T extends string>(name: string, values: readonly T[], otherwise: T): T =>
    values.find((value) => value === params.get(name)) ?? otherwise;
  return {
    model: (params.get('model') ?? base.model).trim().slice(0, LONGEST_MODEL),
    device: known('device', PLAIN.device, base.device),
    dtype: known('dtype', PLAIN.dtype, base.dtype),
  };
}

function plainPairs(methods: MethodRegistry, choices: Choices): Pairs {
  const model: Pairs = choices.model === '' ? [] : [['model', choices.model]];
  const method: Pairs = choices.method === methods.list[0].id ? [] : [['method', choices.method]];
  const plain = PLAIN_NAMES.filter((name) => choices[name] !== PLAIN_DEFAULTS[name]);
  return [...model, ...method, ...plain.map((name): [string, string] => [name, choices[name]])];
}

function settingPairs(record: SettingsRecord): Pairs {
  return Object.entries(record).map(([name, value]) => [name, formatSetting(value)]);
}
