// The visitor's choices: which source wins, what is written, and what a bad address does.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DEFAULT_SETTINGS } from '../../src/settings/schema';
import { choicesToParams, createSettingsStore, mergeSearch, readChoices } from '../../web/stores/settings-store';

function storeAt(search: string, saved: string | null = null) {
  const places = { search, saved };
  const store = createSettingsStore({
    search: () => places.search,
    writeSearch: (next) => (places.search = next),
    readSaved: () => places.saved,
    writeSaved: (next) => (places.saved = next),
  });
  return { store, places };
}

describe('sources', () => {
  test('the address wins over what was saved, both over the defaults', () => {
    const { store } = storeAt('?sigma=0.3&method=cot', 'sigma=0.2&latents=2&device=wasm');
    const { settings, method, device, dtype } = store.getState();
    expect(settings).toEqual({ ...DEFAULT_SETTINGS, sigma: 0.3, latents: 2 });
    expect({ method, device, dtype }).toEqual({ method: 'cot', device: 'wasm', dtype: 'auto' });
  });

  test('a value the address gets wrong is named and left alone; damaged saved text is forgotten silently', () => {
    const { store } = storeAt('?latents=99&steps=3', 'sigma=banana&seed=7');
    expect(store.getState().settings).toEqual({ ...DEFAULT_SETTINGS, steps: 3, seed: 7 });
    expect(store.getState().problems.map((problem) => problem.message)).toEqual(['latents cannot be "99".']);
  });
});

describe('writing', () => {
  test('only what differs from the defaults, and nothing when all is back', () => {
    const { store, places } = storeAt('?run=first');
    store.getState().setSetting('sigma', 0.25);
    store.getState().choose({ method: 'direct' });
    expect(places.saved).toBe('method=direct&sigma=0.25');
    expect(places.search).toBe('?run=first&method=direct&sigma=0.25');
    store.getState().resetSettings();
    store.getState().choose({ method: 'dmlr' });
    expect(places).toEqual({ search: '?run=first', saved: null });
  });

  test('a model is written as it was chosen, and the one of the page not at all', () => {
    const { store, places } = storeAt('?run=first');
    store.getState().choose({ model: 'noema/tiny@v1' });
    expect(places.saved).toBe('model=noema%2Ftiny%40v1');
    expect(new URLSearchParams(places.search).get('model')).toBe('noema/tiny@v1');
    store.getState().choose({ model: '' });
    expect(places).toEqual({ search: '?run=first', saved: null });
  });

  test('a value that the setting does not take changes nothing', () => {
    const { store, places } = storeAt('');
    expect(() => store.getState().setSetting('latents', 0)).toThrow('latents');
    expect(store.getState().settings).toEqual(DEFAULT_SETTINGS);
    expect(places.search).toBe('');
  });
});

test('choices survive the address', () => {
  const base = { settings: DEFAULT_SETTINGS, method: 'dmlr', device: 'auto', dtype: 'auto', model: '' } as const;
  const changed = { ...DEFAULT_SETTINGS, rewardThreshold: 0.5, dependence: false };
  const choices = { ...base, settings: changed, device: 'webgpu', model: 'https://files.example/a b&c/' } as const;
  const search = mergeSearch('?run=a', choicesToParams(choices));
  expect(readChoices(new URLSearchParams(search), base).choices).toEqual(choices);
});

test('no address can break the page', () => {
  const base = { settings: DEFAULT_SETTINGS, method: 'dmlr', device: 'auto', dtype: 'auto', model: '' } as const;
  const names = fc.oneof(fc.constantFrom(...Object.keys(DEFAULT_SETTINGS), 'method', 'device', '__proto__'), fc.string());
  fc.assert(
    fc.property(fc.array(fc.tuple(names, fc.string())), (pairs) => {
      const { choices } = readChoices(new URLSearchParams(pairs), base);
      expect(Object.keys(choices.settings)).toEqual(Object.keys(DEFAULT_SETTINGS));
    }),
  );
});
