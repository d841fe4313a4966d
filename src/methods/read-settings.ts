// Settings of a method from text, as a command line gives them: names of its own or of released code, after a preset.
import { parseSetting } from '../settings/text';
import { settingNamed, withPreset, type Method } from './method';

/** `name=value` as text. */
export type Pair = readonly [name: string, value: string];

/** Not a setting: the name of a preset, whose settings come before those that are given. */
export const PRESET = 'preset';

/**
 * All settings of a method from pairs; of one given twice the last counts. A pair `preset` takes the settings of that preset first.
 * @throws EngineFault BAD_INPUT on an unknown name or preset, or a value that is not allowed
 */
export function settingsFromPairs(method: Method, pairs: readonly Pair[]): ReturnType<Method['space']['parse']> {
  const preset = pairs.findLast(([name]) => name === PRESET);
  const given = pairs
    .filter(([name]) => name !== PRESET)
    .map(([name, text]) => {
      const setting = parseSetting(method.space, settingNamed(method, name), text);
      return [setting.name, setting.value] as const;
    });
  return method.space.parse({ ...(preset === undefined ? {} : withPreset(method, preset[1], {})), ...Object.fromEntries(given) });
}
