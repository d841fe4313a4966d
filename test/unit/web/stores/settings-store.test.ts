// The visitor's choices: which source wins, what is written, what is kept of each method, and what a bad address does.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { METHODS } from '../../../../src/methods/registry';
import { type Choices, choicesToParams, defaultChoices, mergeSearch, readChoices, settingsFor } from '../../../../web/stores/choices';
import { createSettingsStore } from '../../../../web/stores/settings-store';

const BASE = defaultChoices(METHODS);
const defaultsOf = (method: string) => METHODS.get(method).space.defaults;

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
    const { store } = storeAt('?sigma=0.3', 'dmlr.sigma=0.2&dmlr.latents=2&seed=7&device=wasm');
    const { settings, method, device, dtype } = store.getState();
    expect(settings).toEqual({ ...defaultsOf('dmlr'), sigma: 0.3, latents: 2, seed: 7 });
    expect({ method, device, dtype }).toEqual({ method: 'dmlr', device: 'wasm', dtype: 'auto' });
  });

  test('what was saved when all methods shared their settings still counts', () => {
    const { store } = storeAt('', 'method=cot&sigma=0.2&seed=7&maxNewTokens=9');
    expect(store.getState().settings).toEqual({ ...defaultsOf('cot'), seed: 7, maxNewTokens: 9 });
    store.getState().choose({ method: 'dmlr' });
    expect(store.getState().settings).toEqual({ ...defaultsOf('dmlr'), sigma: 0.2, seed: 7, maxNewTokens: 9 });
  });

  test('a value the address gets wrong is named and left alone; damaged saved text is forgotten silently', () => {
    const { store } = storeAt('?latents=99&steps=3', 'dmlr.sigma=banana&seed=7');
    expect(store.getState().settings).toEqual({ ...defaultsOf('dmlr'), steps: 3, seed: 7 });
    expect(store.getState().problems.map((problem) => problem.message)).toEqual(['latents cannot be "99".']);
  });

  test('a method nobody knows is named with those there are; one that was saved is forgotten silently', () => {
    const { store } = storeAt('?method=magic&seed=3', 'method=cot');
    expect(store.getState()).toMatchObject({ method: 'cot', settings: { seed: 3 } });
    expect(store.getState().problems).toMatchObject([
      { code: 'BAD_INPUT', message: 'There is no method "magic".', action: 'Choose one of dmlr, ivtlr, direct, cot.' },
    ]);
    expect(storeAt('', 'method=magic').store.getState()).toMatchObject({ method: 'dmlr', problems: [] });
  });

  test('an address that leaves the default method out is of the default method when it names a setting of it', () => {
    expect(storeAt('?steps=3', 'method=direct').store.getState()).toMatchObject({ method: 'dmlr', settings: { steps: 3 } });
    expect(storeAt('?seed=3', 'method=direct').store.getState()).toMatchObject({ method: 'direct', settings: { seed: 3 } });
  });
});

describe('writing', () => {
  test('only what differs from the defaults, and nothing when all is back', () => {
    const { store, places } = storeAt('?run=first');
    store.getState().setSetting('sigma', 0.25);
    store.getState().setSetting('seed', 9);
    expect(places.saved).toBe('seed=9&dmlr.sigma=0.25');
    expect(places.search).toBe('?run=first&sigma=0.25&seed=9');
    store.getState().resetSettings();
    expect(places).toEqual({ search: '?run=first', saved: null });
  });

  test('the address tells of the chosen method alone; settings of the others are kept, common ones are shared', () => {
    const { store, places } = storeAt('?run=first');
    store.getState().setSetting('sigma', 0.25);
    store.getState().setSetting('seed', 9);
    store.getState().choose({ method: 'direct' });
    expect(places.search).toBe('?run=first&method=direct&seed=9');
    expect(new URLSearchParams(places.saved ?? '').get('dmlr.sigma')).toBe('0.25');
    expect(store.getState().settings).toEqual({ ...defaultsOf('direct'), seed: 9 });
    store.getState().resetSettings();
    store.getState().choose({ method: 'dmlr' });
    expect(store.getState().settings).toEqual({ ...defaultsOf('dmlr'), sigma: 0.25 });

    const later = storeAt('', places.saved).store.getState();
    expect({ method: later.method, settings: later.settings }).toEqual({ method: 'dmlr', settings: store.getState().settings });
  });

  test('a model is written as it was chosen, and the one of the page not at all', () => {
    const { store, places } = storeAt('?run=first');
    store.getState().choose({ model: 'noema/tiny@v1' });
    expect(places.saved).toBe('model=noema%2Ftiny%40v1');
    expect(new URLSearchParams(places.search).get('model')).toBe('noema/tiny@v1');
    store.getState().choose({ model: '' });
    expect(places).toEqual({ search: '?run=first', saved: null });
  });

  test('what cannot be chosen changes nothing', () => {
    const { store, places } = storeAt('');
    expect(() => store.getState().setSetting('latents', 0)).toThrow('latents');
    expect(() => store.getState().choose({ method: 'magic' })).toThrow('magic');
    store.getState().choose({ method: 'direct' });
    expect(() => store.getState().setSetting('steps', 3)).toThrow('steps');
    expect(store.getState().settings).toEqual(defaultsOf('direct'));
    expect(places.search).toBe('?method=direct');
  });
});

test('choices survive the address', () => {
  const choices: Choices = {
    ...BASE,
    common: { dependence: false },
    own: { dmlr: { rewardThreshold: 0.5 } },
    device: 'webgpu',
    model: 'https://files.example/a b&c/',
  };
  const search = mergeSearch(METHODS, '?run=a', choicesToParams(METHODS, choices));
  expect(readChoices(METHODS, new URLSearchParams(search), BASE)).toEqual({ choices, problems: [] });
});

test('no address can break the page', () => {
  const names = fc.oneof(
    fc.constantFrom(...METHODS.list.flatMap(({ space }) => space.names), 'method', 'device', '__proto__', 'dmlr.steps'),
    fc.string(),
  );
  const values = fc.oneof(fc.string(), fc.constantFrom('direct', 'cot', '3'));
  fc.assert(
    fc.property(fc.array(fc.tuple(names, values)), (pairs) => {
      const text = new URLSearchParams(pairs).toString();
      const { method, settings } = storeAt(`?${text}`, text).store.getState();
      expect(Object.keys(settings)).toEqual(METHODS.get(method).space.names);
      expect(settingsFor(METHODS.get(method), readChoices(METHODS, new URLSearchParams(text), BASE).choices)).toBeDefined();
    }),
  );
});
