// Arms of an evaluation: ways of answering that are all tried on every item.
import { fault } from '../errors';
import { settingsFromPairs, type Pair } from '../methods/read-settings';
import type { MethodRegistry } from '../methods/method-registry';
import type { SettingsRecord } from '../settings/space';

/** A method with its settings, under a name of its own. */
export interface Arm {
  readonly name: string;
  /** Id of the method. */
  readonly method: string;
  /** What differs from the method's defaults. */
  readonly settings: SettingsRecord;
}

/** Joined to an arm's name: what the method's own baseline (the same prompt, nothing optimised) answered in the same runs. */
export const UNTOUCHED = ':untouched';

/** Arms are parts of file names and of the option `--against`. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$/;

/**
 * Makes an arm and checks it. Of a setting given twice the last value counts.
 *
 * @param shared settings that go to every arm whose method has them, such as the seed; `pairs` come after them.
 * @throws EngineFault BAD_INPUT on an unknown method or setting, a value out of range, or a name that cannot be one.
 */
export function makeArm(name: string, methodId: string, pairs: readonly Pair[], shared: readonly Pair[], methods: MethodRegistry): Arm {
  if (!NAME.test(name)) {
    throw fault('BAD_INPUT', `"${name.slice(0, 60)}" cannot be the name of an arm.`, 'Use up to 40 letters, digits, points and hyphens.');
  }
  const method = methods.get(methodId);
  return {
    name,
    method: method.id,
    settings: method.space.diff(settingsFromPairs(method, [...shared.filter(([setting]) => method.space.has(setting)), ...pairs])),
  };
}

/**
 * Reads `name:method:setting=value,setting=value`; the last part may be missing, and `name:` too where the method's id is the name. `preset=…` takes a preset of the method.
 *
 * @throws EngineFault BAD_INPUT
 */
export function parseArm(text: string, shared: readonly Pair[], methods: MethodRegistry): Arm {
  const parts = text.split(':');
  const settings = (parts.at(-1) ?? '').includes('=') ? (parts.pop() ?? '') : '';
  const [name, method = name, ...more] = parts;
  if (name === undefined || name === '' || more.length > 0) {
    throw fault(
      'BAD_INPUT',
      `--arm ${text} is not of the form name:method:setting=value,setting=value.`,
      'Give a name and a method at least.',
    );
  }
  const pairs = settings === '' ? [] : settings.split(',').map((pair) => parsePair(pair, `--arm ${text}`));
  return makeArm(name, method, pairs, shared, methods);
}

/** Reads `name=value`. @throws EngineFault BAD_INPUT that says where it stands. */
export function parsePair(text: string, where: string): Pair {
  const at = text.indexOf('=');
  if (at < 1)
    throw fault('BAD_INPUT', `${where}: "${text}" is not of the form name=value.`, 'Write the name of a setting, = and its value.');
  return [text.slice(0, at).trim(), text.slice(at + 1)];
}

/** Throws BAD_INPUT when two arms have one name. */
export function checkArms(arms: readonly Arm[]): void {
  const twice = arms.find((arm, index) => arms.findIndex(({ name }) => name === arm.name) !== index);
  if (twice === undefined) return;
  throw fault('BAD_INPUT', `Two arms are called "${twice.name}".`, 'Name each arm once: --arm name:method:setting=value.');
}
