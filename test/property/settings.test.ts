// Settings as records and as links: a round trip for every value, and no junk that throws.
import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import type { Fields, SettingField, SettingValue } from '../../src/settings/field';
import { dmlr } from '../../src/methods/dmlr/dmlr';
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
      return fc.option(
        field.whole ? fc.integer({ min: field.min, max: field.max }) : fc.double({ min: field.min, max: field.max, noNaN: true }),
      );
  }
}

const { space } = dmlr;
const fields: Fields = space.fields;

const anySettings = fc
  .record(Object.fromEntries(space.names.map((name) => [name, anyValue(fields[name])])))
  .filter((record) => (record['minPixels'] as number) <= (record['maxPixels'] as number))
  .map((record) => space.parse(record));

describe('settings', () => {
  test('diff and link give the same settings back', () => {
    fc.assert(
      fc.property(anySettings, (settings) => {
        expect(space.parse(space.diff(settings))).toEqual(settings);
        const search = new URLSearchParams(settingsToParams(space, settings));
        expect(settingsFromParams(space, new URLSearchParams(search.toString()))).toEqual({ settings, problems: [] });
      }),
    );
  });

  test('every value reads back from its own text', () => {
    for (const name of space.names) {
      fc.assert(
        fc.property(anyValue(fields[name]), (value) => {
          expect(parseSetting(space, name, formatSetting(value)).value).toEqual(Object.is(value, -0) ? 0 : value);
        }),
      );
    }
  });

  test('a link of junk never throws and always gives allowed settings', () => {
    const name = fc.oneof(fc.string(), fc.constantFrom(...space.names, '__proto__', 'constructor'));
    fc.assert(
      fc.property(fc.array(fc.tuple(name, fc.oneof(fc.string(), fc.double().map(String), fc.constant('1e999')))), (pairs) => {
        const { settings } = settingsFromParams(space, pairs);
        expect(space.parse(settings)).toEqual(settings);
      }),
    );
  });
});
