// Settings as records and as links: a round trip for every value, and no junk that throws.
import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import type { SettingField, SettingValue } from '../../src/settings/field';
import { parseSettings, SETTING_FIELDS, SETTING_NAMES, settingsDiff, type RunSettings } from '../../src/settings/schema';
import { formatSetting, parseSetting, settingsFromParams, settingsToParams } from '../../src/settings/text';

// Many repetitions: time for a busy machine.
vi.setConfig({ testTimeout: 60_000 });

function anyValue(field: SettingField): fc.Arbitrary<SettingValue> {
  switch (field.kind) {
    case 'boolean':
      return fc.boolean();
    case 'choice':
      return fc.constantFrom(...field.choices.map((item) => item.value));
    case 'integer':
      return fc.integer({ min: field.min, max: field.max });
    case 'number':
      return fc.double({ min: field.min, max: field.max, noNaN: true });
    case 'optional-number':
      return fc.option(fc.double({ min: field.min, max: field.max, noNaN: true }));
  }
}

const anySettings: fc.Arbitrary<RunSettings> = fc
  .record(Object.fromEntries(SETTING_NAMES.map((name) => [name, anyValue(SETTING_FIELDS[name])])))
  .filter((record) => (record['minPixels'] as number) <= (record['maxPixels'] as number))
  .map(parseSettings);

describe('settings', () => {
  test('diff and link give the same settings back', () => {
    fc.assert(
      fc.property(anySettings, (settings) => {
        expect(parseSettings(settingsDiff(settings))).toEqual(settings);
        const search = new URLSearchParams(settingsToParams(settings));
        expect(settingsFromParams(new URLSearchParams(search.toString()))).toEqual({ settings, problems: [] });
      }),
    );
  });

  test('every value reads back from its own text', () => {
    for (const name of SETTING_NAMES) {
      fc.assert(
        fc.property(anyValue(SETTING_FIELDS[name]), (value) => {
          expect(parseSetting(name, formatSetting(value)).value).toEqual(Object.is(value, -0) ? 0 : value);
        }),
      );
    }
  });

  test('a link of junk never throws and always gives allowed settings', () => {
    const name = fc.oneof(fc.string(), fc.constantFrom(...SETTING_NAMES, '__proto__', 'constructor'));
    fc.assert(
      fc.property(fc.array(fc.tuple(name, fc.oneof(fc.string(), fc.double().map(String), fc.constant('1e999')))), (pairs) => {
        const { settings } = settingsFromParams(pairs);
        expect(parseSettings(settings)).toEqual(settings);
      }),
    );
  });
});
