// What an evaluation is told in the page: ways of answering, from fields of a form; the bundled samples as a dataset.
import { checkArms, makeArm, parsePair, UNTOUCHED, type Arm } from '../../src/evaluation/arms';
import type { DatasetFacts, DatasetSource } from '../../workers/evaluation/wire';
import { LOG_FORMAT, type Header } from '../../src/evaluation/log';
import { type Pair, PRESET } from '../../src/methods/read-settings';
import type { Method } from '../../src/methods/method';
import type { MethodRegistry } from '../../src/methods/method-registry';
import { COMMON_FIELDS } from '../../src/settings/common';
import type { SettingsRecord } from '../../src/settings/space';
import { formatSetting } from '../../src/settings/text';
import { goldQuestions, samplePictures } from './samples';

/** A way of answering as it is being written. */
export interface ArmDraft {
  /** Tells it from the others while its name is being written. */
  readonly key: number;
  readonly name: string;
  readonly method: string;
  /** Id of a preset; empty: the defaults. */
  readonly preset: string;
  /** `name=value, name=value` */
  readonly settings: string;
}

/** What the samples are called as a dataset. */
export const SAMPLES = 'samples.json';

/** Ways to begin with: the page's own method with its settings, and a direct answer where that is another. */
export function firstArms(methods: MethodRegistry, method: Method, settings: SettingsRecord): ArmDraft[] {
  const own = Object.entries(method.space.diff(method.space.parse(settings))).filter(([name]) => !Object.hasOwn(COMMON_FIELDS, name));
  const text = own.map(([name, value]) => `${name}=${formatSetting(value)}`).join(', ');
  const plain = methods.list.find(({ id, steps }) => id !== method.id && steps === undefined);
  return [
    { key: 0, name: method.id, method: method.id, preset: '', settings: text },
    ...(plain === undefined ? [] : [{ key: 1, name: plain.id, method: plain.id, preset: '', settings: '' }]),
  ];
}

/**
 * The arms of the drafts. What every method has (the seed, the longest answer, …) is taken from the page's settings, for all.
 *
 * @throws EngineFault BAD_INPUT for a name, method, preset or setting that cannot be, and for two of one name
 */
export function armsOf(drafts: readonly ArmDraft[], settings: SettingsRecord, methods: MethodRegistry): Arm[] {
  const shared = Object.entries(settings).flatMap(([name, value]): Pair[] =>
    Object.hasOwn(COMMON_FIELDS, name) && value !== COMMON_FIELDS[name as keyof typeof COMMON_FIELDS].default
      ? [[name, formatSetting(value)]]
      : [],
  );
  const arms = drafts.map(({ name, method, preset, settings: text }) => {
    const pairs = text
      .split(',')
      .filter((pair) => pair.trim() !== '')
      .map((pair) => parsePair(pair, name));
    return makeArm(name.trim(), method, preset === '' ? pairs : [[PRESET, preset], ...pairs], shared, methods);
  });
  checkArms(arms);
  return arms;
}

/** What arms can be compared with: each of them, and the untouched baselines that their methods give in the same runs. */
export function baselinesOf(arms: readonly Arm[], methods: MethodRegistry): string[] {
  return arms.flatMap(({ name, method, settings }) => {
    const { baseline, space } = methods.get(method);
    return (baseline?.(space.parse(settings)) ?? null) === null ? [name] : [name, name + UNTOUCHED];
  });
}

/** The first line of the log. @param most items from the first on, at most. */
export function headerOf(
  { name, sha256, entries }: DatasetFacts,
  arms: readonly Arm[],
  baseline: string,
  most: number,
  model: Header['model'],
): Header {
  return {
    type: 'evaluation',
    format: LOG_FORMAT,
    dataset: { name, sha256, entries },
    range: { from: 0, to: Math.min(entries, most) },
    shard: { number: 1, of: 1 },
    arms: arms.map((arm) => ({ ...arm, settings: { ...arm.settings } })),
    baseline,
    model,
    times: true,
    shared: true,
    begun: new Date().toISOString(),
  };
}

/** The sample pictures with their questions as a dataset. Rejects with an EngineFault. */
export async function samplesDataset(): Promise<DatasetSource> {
  const gold = await goldQuestions();
  // Pictures in turn, so that the first few items are about different ones.
  const files = [...new Set(gold.map(({ file }) => file))];
  const place = (index: number): number => gold.slice(0, index).filter(({ file }) => file === gold[index].file).length;
  const order = gold.map((question, index) => ({ question, turn: place(index) * files.length + files.indexOf(question.file) }));
  const list = [...order]
    .sort((a, b) => a.turn - b.turn)
    .map(({ question: { file, split, question, answer, family, focus } }, idx) => ({
      idx,
      prompt: question,
      solution: answer,
      image_path: file,
      family,
      split,
      ...(focus === null
        ? {}
        : {
            focus: focus.map((_, index) => index),
            objects: focus.map(({ x, y, width, height }) => ({ box: [x, y, x + width, y + height] })),
          }),
    }));
  const pictures = await samplePictures(files);
  return {
    name: SAMPLES,
    file: new Blob([JSON.stringify(list)]),
    pictures: {
      kind: 'folder',
      name: 'samples',
      files: [...pictures].map(([path, { bytes }]) => ({ path, file: new Blob([bytes]) })),
    },
  };
}
