// The choices of a session as a store. The address wins over what was saved, both over the defaults.
import { createStore, type StoreApi } from 'zustand/vanilla';
import type { EngineError } from '../../src/errors';
import { withPreset } from '../../src/methods/method';
import type { MethodRegistry } from '../../src/methods/method-registry';
import { OFFERED } from '../../src/methods/offered';
import type { SettingValue } from '../../src/settings/field';
import {
  type AllSettings,
  type Choices,
  choicesToParams,
  choicesToSave,
  mergeSearch,
  readChoices,
  readSavedChoices,
  settingsFor,
  withSettings,
} from './choices';
import { readSaved, writeSaved } from './saved';

export interface SettingsStore extends Choices {
  /** All settings of the chosen method. */
  readonly settings: AllSettings;
  /** What the address asked for and could not be used. */
  readonly problems: readonly EngineError[];
  readonly dismissProblems: () => void;
  /** Changes one setting of the chosen method. Throws EngineFault BAD_INPUT on a value it does not take. */
  readonly setSetting: (name: string, value: SettingValue) => void;
  /** Takes a preset of the chosen method. Throws EngineFault BAD_INPUT when there is no such preset. */
  readonly usePreset: (id: string) => void;
  /** Brings the settings of the chosen method back to their defaults, the common ones included. */
  readonly resetSettings: () => void;
  /** Throws EngineFault BAD_INPUT on a method that there is not. */
  readonly choose: (change: Partial<Pick<Choices, 'method' | 'device' | 'dtype' | 'model'>>) => void;
}

/** Where choices are read from and written to. */
export interface ChoicePlaces {
  readonly search: () => string;
  readonly writeSearch: (search: string) => void;
  readonly readSaved: () => string | null;
  readonly writeSaved: (text: string | null) => void;
}

const KEY = 'noema.choices';

/** The browser's address bar and storage. */
export const BROWSER_PLACES: ChoicePlaces = {
  search: () => location.search,
  writeSearch: (search) => history.replaceState(history.state, '', `${location.pathname}${search}${location.hash}`),
  readSaved: () => readSaved(KEY),
  writeSaved: (text) => writeSaved(KEY, text),
};

/** Choices that start at `search`, and live and end with their session. */
export function placesInMemory(search = ''): ChoicePlaces {
  return { search: () => search, writeSearch: (text) => (search = text), readSaved: () => null, writeSaved: () => undefined };
}

/** A settings store over the given places. */
export function createSettingsStore(places: ChoicePlaces, methods: MethodRegistry = OFFERED): StoreApi<SettingsStore> {
  const saved = readSavedChoices(methods, places.readSaved() ?? '');
  const { choices, problems } = readChoices(methods, new URLSearchParams(places.search()), saved);

  const store = createStore<SettingsStore>()((set, get) => {
    const take = (settings: AllSettings): void => {
      const { common, own } = withSettings(get(), methods.get(get().method), settings);
      set({ common, own, settings });
    };
    return {
      ...choices,
      settings: settingsFor(methods.get(choices.method), choices),
      problems,
      dismissProblems: () => set({ problems: [] }),
      setSetting: (name, value) => take(methods.get(get().method).space.parse({ ...get().settings, [name]: value })),
      usePreset: (id) => take(withPreset(methods.get(get().method), id, get().settings)),
      resetSettings: () => take(methods.get(get().method).space.defaults),
      choose: (change) => set({ ...change, settings: settingsFor(methods.get(change.method ?? get().method), get()) }),
    };
  });
  store.subscribe((now, before) => {
    const names = ['method', 'common', 'own', 'device', 'dtype', 'model'] as const;
    if (names.every((name) => now[name] === before[name])) return;
    const pairs = choicesToSave(methods, now);
    places.writeSaved(pairs.length === 0 ? null : new URLSearchParams(pairs).toString());
    places.writeSearch(mergeSearch(methods, places.search(), choicesToParams(methods, now)));
  });
  return store;
}
