// Questions about a scene with their answers, in the words the embedded model was trained on (src/scene/questions.json).
import { createRandom, type Random } from '../math/random';
import { directlyBeside, extremeOf, isLarger, nearestTo, sideOf } from './facts';
import { describe, matching, phraseOf, pluralOf, uniquePhrase, withArticle, type Attribute, type Description } from './phrases';
import questions from './questions.json';
import type { Scene } from './scene';
import { COLOURS, DIRECTIONS, FILLS, isHeldOut, named, SHAPES } from './world';

export type Family = keyof typeof questions.families;

export interface SceneQuestion {
  readonly family: Family;
  readonly question: string;
  readonly answer: string;
  /** Indexes of the objects that the answer depends on, in any order. */
  readonly focus: readonly number[];
}

type Asker = (
  scene: Scene,
  random: Random,
) => {
  readonly template: string;
  readonly slots: Record<string, string>;
  readonly answer: string;
  readonly focus: readonly number[];
} | null;

const EXTREMES = [...DIRECTIONS.map((direction) => direction.extreme), 'largest', 'smallest'];
const FAMILIES = Object.keys(questions.families) as Family[];
const STREAM = 0x0a5c;
const TRIES = 30;

/**
 * Up to `count` questions with one clear answer, of different families where the scene allows. The same scene and seed
 * give the same questions; an empty scene gives none but "How many objects are there?".
 */
export function suggestQuestions(scene: Scene, seed: number, count: number): SceneQuestion[] {
  const random = createRandom(seed, STREAM);
  const order = FAMILIES.map((family) => ({ family, rank: random.uniform() })).sort((a, b) => a.rank - b.rank);
  const found: SceneQuestion[] = [];
  for (const { family } of order) {
    if (found.length >= count) break;
    const question = askOf(scene, family, random);
    if (question !== null) found.push(question);
  }
  return found;
}

/** One question of a family, or null when the scene does not allow one. */
function askOf(scene: Scene, family: Family, random: Random): SceneQuestion | null {
  if (scene.objects.length === 0 && family !== 'count') return null;
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const asked = ASKERS[family](scene, random);
    if (asked === null) continue;
    const question = asked.template.replace(/\{(\w+)\}/g, (_, slot: string) => asked.slots[slot]);
    return { family, question, answer: asked.answer, focus: asked.focus };
  }
  return null;
}

function pick<T>(random: Random, entries: readonly T[]): T {
  return entries[Math.floor(random.uniform() * entries.length)];
}

const templateOf = (family: Family, random: Random) => pick(random, questions.families[family]);
const yesNo = (truth: boolean) => (truth ? 'yes' : 'no');

function attribute(key: Attribute): Asker {
  return (scene, random) => {
    const index = Math.floor(random.uniform() * scene.objects.length);
    const a = uniquePhrase(scene, index, key);
    if (a === null) return null;
    const value = scene.objects[index][key];
    return { template: templateOf(key, random), slots: { a }, answer: key === 'fill' ? named(FILLS, value).word : value, focus: [index] };
  };
}

function classes(family: Family, keys: readonly Attribute[]): Asker {
  return (scene, random) => {
    const wanted = describe(pick(random, scene.objects), [pick(random, keys)]);
    const found = matching(scene, wanted);
    return { template: templateOf(family, random), slots: { many: pluralOf(wanted) }, answer: String(found.length), focus: found };
  };
}

/** Two different classes of one attribute, with how many objects each has. */
function twoClasses(scene: Scene, random: Random) {
  const key = pick(random, ['shape', 'colour'] as const);
  const names = (key === 'shape' ? SHAPES : COLOURS).map((entry) => entry.name);
  const one: Description = { [key]: pick(random, scene.objects)[key] };
  const two: Description = { [key]: pick(random, names) };
  if (one[key] === two[key]) return null;
  const [first, second] = [matching(scene, one), matching(scene, two)];
  return {
    slots: { many: pluralOf(one), many2: pluralOf(two) },
    counts: [first.length, second.length] as const,
    focus: [...first, ...second],
  };
}

/** Two different objects with phrases that fit each alone. */
function twoObjects(scene: Scene, random: Random, leaveOut?: Attribute) {
  const [i, j] = [0, 1].map(() => Math.floor(random.uniform() * scene.objects.length));
  const a = uniquePhrase(scene, i, leaveOut);
  const b = uniquePhrase(scene, j, leaveOut);
  return i === j || a === null || b === null ? null : { i, j, slots: { a, b } };
}

const shortName = (scene: Scene, index: number) => phraseOf(describe(scene.objects[index], ['colour', 'shape']));

const ASKERS: Record<Family, Asker> = {
  colour: attribute('colour'),
  shape: attribute('shape'),
  size: attribute('size'),
  fill: attribute('fill'),
  existence: (scene, random) => {
    const there = random.uniform() < 0.5;
    const shape = there ? pick(random, scene.objects).shape : pick(random, SHAPES).name;
    const colour = pick(random, scene.objects).colour;
    const focus = matching(scene, { colour, shape });
    if (focus.length === 0 && isHeldOut(shape, colour)) return null;
    const slots = { one: withArticle(phraseOf({ colour, shape })) };
    return { template: templateOf('existence', random), slots, answer: yesNo(focus.length > 0), focus };
  },
  count: (scene, random) => ({
    template: templateOf('count', random),
    slots: {},
    answer: String(scene.objects.length),
    focus: [...scene.objects.keys()],
  }),
  count_shape: classes('count_shape', ['shape']),
  count_colour: classes('count_colour', ['colour', 'fill', 'size']),
  relation: (scene, random) => {
    const two = twoObjects(scene, random);
    const direction = pick(random, DIRECTIONS);
    const truth = two && sideOf(scene, two.i, two.j, direction);
    if (two === null || truth === null) return null;
    return {
      template: templateOf('relation', random),
      slots: { ...two.slots, direction: direction.phrase },
      answer: yesNo(truth),
      focus: [two.i, two.j],
    };
  },
  nearest: (scene, random) => {
    const index = Math.floor(random.uniform() * scene.objects.length);
    const a = uniquePhrase(scene, index);
    const found = nearestTo(scene, index);
    if (a === null || found === null) return null;
    return { template: templateOf('nearest', random), slots: { a }, answer: shortName(scene, found), focus: [found] };
  },
  compare_size: (scene, random) => {
    const two = twoObjects(scene, random, 'size');
    if (two === null) return null;
    const template = templateOf('compare_size', random);
    const truth = template.includes('larger') ? isLarger(scene, two.i, two.j) : isLarger(scene, two.j, two.i);
    return { template, slots: two.slots, answer: yesNo(truth), focus: [two.i, two.j] };
  },
  compare_count: (scene, random) => {
    const two = twoClasses(scene, random);
    if (two === null) return null;
    const { slots, counts, focus } = two;
    return { template: templateOf('compare_count', random), slots, answer: yesNo(counts[0] > counts[1]), focus };
  },
  extreme: (scene, random) => {
    const extreme = pick(random, EXTREMES);
    const found = extremeOf(scene, extreme);
    if (found === null) return null;
    return { template: templateOf('extreme', random), slots: { extreme }, answer: shortName(scene, found), focus: [found] };
  },
  two_hop: (scene, random) => {
    const template = templateOf('two_hop', random);
    const direction = pick(random, DIRECTIONS);
    const extreme = pick(random, EXTREMES);
    const index = Math.floor(random.uniform() * scene.objects.length);
    const a = uniquePhrase(scene, index);
    if (a === null) return null;
    const found = template.includes('{extreme}')
      ? extremeOf(scene, extreme)
      : template.includes('{direction}')
        ? directlyBeside(scene, index, direction)
        : nearestTo(scene, index);
    if (found === null) return null;
    const thing = scene.objects[found];
    return {
      template,
      slots: { a, extreme, direction: direction.phrase },
      answer: template.includes('colour') ? thing.colour : thing.shape,
      focus: [found],
    };
  },
  sum: (scene, random) => {
    const two = twoClasses(scene, random);
    if (two === null) return null;
    const { slots, counts, focus } = two;
    return { template: templateOf('sum', random), slots, answer: String(counts[0] + counts[1]), focus };
  },
};
