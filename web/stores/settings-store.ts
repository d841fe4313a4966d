// The visitor's choices: run settings, method, device, model and weights. The address wins over what was saved, both over the defaults.
import { useStore } from 'zustand';
import { createStore, type StoreApi } from 'zustand/vanilla';
import type { LoadRequest, Method } from '../../src/engine/engine';
import type { EngineError } from '../../src/errors';
import type { SettingValue } from '../../src/settings/field';
import { DEFAULT_SETTINGS, type RunSettings, type SettingName, parseSettings } from '../../src/settings/schema';
import { settingsFromParams, settingsToParams } from '../../src/settings/text';
import { readSaved, writeSaved } from './saved';

export const METHODS = ['dmlr', 'direct', 'cot'] as const satisfies readonly Method[];
export const DEVICES = ['auto', 'webgpu', 'wasm'] as const satisfies readonly LoadRequest['device'][];
export const DTYPES = ['auto', 'fp32', 'q4', 'q4f16', 'fp16'] as const satisfies readonly LoadRequest['dtype'][];

export interface Choices {
  readonly settings: RunSettings;
  readonly method: Method;
  readonly device: LoadRequest['device'];
  readonly dtype: LoadRequest['dtype'];
  /** A model as people write it (`parseModelSource` reads it); empty for the one that comes with the page. */
  readonly model: string;
}

export interface SettingsStore extends Choices {
  /** What the address asked for and could not be used. */
  readonly problems: readonly EngineError[];
  readonly dismissProblems: () => void;
  /** Changes one setting. Throws EngineFault BAD_INPUT on a value it does not take. */
  readonly setSetting: (name: SettingName, value: SettingValue) => void;
  readonly resetSettings: () => void;
  readonly choose: (change: Partial<Omit<Choices, 'settings'>>) => void;
}

/** Where choices are read from and written to; the browser's in the page, plain objects in a test. */
export interface ChoicePlaces {
  readonly search: () => string;
  readonly writeSearch: (search: string) => void;
  readonly readSaved: () => string | null;
  readonly writeSaved: (text: string | null) => void;
}

const PLAIN = { method: METHODS, device: DEVICES, dtype: DTYPES } as const;
type PlainName = keyof typeof PLAIN;
const PLAIN_NAMES = Object.keys(PLAIN) as PlainName[];
const PLAIN_DEFAULTS = { method: 'dmlr', device: 'auto', dtype: 'auto' } as const;
/** Longer than the address of any model. */
const LONGEST_MODEL = 400;
const KEY = 'noema.choices';

/** Reads choices from search parameters; what cannot be read keeps `base` and is named in `problems`. Never throws. */
export function readChoices(params: URLSearchParams, base: Choices): { choices: Choices; problems: readonly EngineError[] } {
  const { settings, problems } = settingsFromParams(params, base.settings);
  const plain: Record<string, string> = {};
  for (const name of PLAIN_NAMES) {
    const text = params.get(name);
    const known: readonly string[] = PLAIN[name];
    plain[name] = text !== null && known.includes(text) ? text : base[name];
  }
  const model = (params.get('model') ?? base.model).trim().slice(0, LONGEST_MODEL);
  return { choices: { settings, model, ...(plain as Pick<Choices, PlainName>) }, problems };
}

/** The choices that differ from the defaults, as search-parameter pairs. */
export function choicesToParams(choices: Choices): [string, string][] {
  const plain = PLAIN_NAMES.filter((name) => choices[name] !== PLAIN_DEFAULTS[name]);
  const model: [string, string][] = choices.model === '' ? [] : [['model', choices.model]];
  return [...model, ...plain.map((name): [string, string] => [name, choices[name]]), ...settingsToParams(choices.settings)];
}

/** A settings store over the given places. */
export function createSettingsStore(places: ChoicePlaces): StoreApi<SettingsStore> {
  const defaults: Choices = { settings: DEFAULT_SETTINGS, model: '', ...PLAIN_DEFAULTS };
  const saved = readChoices(new URLSearchParams(places.readSaved() ?? ''), defaults).choices;
  const { choices, problems } = readChoices(new URLSearchParams(places.search()), saved);

  const store = createStore<SettingsStore>()((set, get) => ({
    ...choices,
    problems,
    dismissProblems: () => set({ problems: [] }),
    setSetting: (name, value) => set({ settings: parseSettings({ ...get().settings, [name]: value }) }),
    resetSettings: () => set({ settings: DEFAULT_SETTINGS }),
    choose: (change) => set(change),
  }));
  store.subscribe((now, before) => {
    if ([...PLAIN_NAMES, 'model' as const].every((name) => now[name] === before[name]) && now.settings === before.settings) return;
    const pairs = choicesToParams(now);
    places.writeSaved(pairs.length === 0 ? null : new URLSearchParams(pairs).toString());
    places.writeSearch(mergeSearch(places.search(), pairs));
  });
  return store;
}

/** `search` with its choices replaced by `pairs`; parameters that are no choices stay. */
export function mergeSearch(search: string, pairs: readonly (readonly [string, string])[]): string {
  const params = new URLSearchParams(search);
  for (const name of ['model', ...PLAIN_NAMES, ...Object.keys(DEFAULT_SETTINGS)]) params.delete(name);
  for (const [name, value] of pairs) params.set(name, value);
  const text = params.toString();
  return text === '' ? '' : `?${text}`;
}

let shared: StoreApi<SettingsStore> | null = null;

/** The page's settings store, made when first asked for. */
export function settingsStore(): StoreApi<SettingsStore> {
  shared ??= createSettingsStore({
    search: () => location.search,
    writeSearch: (search) => history.replaceState(history.state, '', `${location.pathname}${search}${location.hash}`),
    readSaved: () => readSaved(KEY),
    writeSaved: (text) => writeSaved(KEY, text),
  });
  return shared;
}

/** The settings store as a hook. */
export function useSettings<T>(select: (store: SettingsStore) => T): T {
  return useStore(settingsStore(), select);
}
