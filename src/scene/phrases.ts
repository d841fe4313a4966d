// Noun phrases over a scene: descriptions that fit exactly one object, plurals of classes, articles.
import type { Scene, SceneObject } from './scene';
import { FILLS, named, SHAPES } from './world';

export type Attribute = 'size' | 'fill' | 'colour' | 'shape';
export type Description = Partial<Record<Attribute, string>>;

/** Which attributes a phrase may name, the plainest first. */
const CHOICES: readonly (readonly Attribute[])[] = [
  ['colour', 'shape'],
  ['shape'],
  ['colour'],
  ['size', 'shape'],
  ['fill', 'shape'],
  ['size', 'colour', 'shape'],
  ['fill', 'colour', 'shape'],
  ['size', 'colour'],
  ['fill', 'colour'],
  ['size', 'fill', 'colour', 'shape'],
  ['size', 'fill', 'shape'],
  ['size', 'fill', 'colour'],
];

/** "large outlined red star"; without a shape it reads "object". */
export function phraseOf(description: Description): string {
  return [...adjectives(description), description.shape ?? 'object'].join(' ');
}

/** "red stars", "outlined objects". */
export function pluralOf(description: Description): string {
  const noun = description.shape === undefined ? 'objects' : named(SHAPES, description.shape).plural;
  return [...adjectives(description), noun].join(' ');
}

/** "a red star", "an orange star". */
export function withArticle(phrase: string): string {
  return `${/^[aeiou]/.test(phrase) ? 'an' : 'a'} ${phrase}`;
}

/** Indexes of the objects that fit. */
export function matching(scene: Scene, description: Description): number[] {
  const wanted = Object.entries(description) as [Attribute, string][];
  return [...scene.objects.keys()].filter((i) => wanted.every(([key, value]) => scene.objects[i][key] === value));
}

/** The plainest phrase that fits object `index` alone and does not name `leaveOut`; null if there is none. */
export function uniquePhrase(scene: Scene, index: number, leaveOut?: Attribute): string | null {
  const thing = scene.objects[index];
  for (const keys of CHOICES) {
    if (leaveOut !== undefined && keys.includes(leaveOut)) continue;
    const description = describe(thing, keys);
    if (matching(scene, description).length === 1) return phraseOf(description);
  }
  return null;
}

export function describe(thing: SceneObject, keys: readonly Attribute[]): Description {
  return Object.fromEntries(keys.map((key) => [key, thing[key]]));
}

function adjectives({ size, fill, colour }: Description): string[] {
  return [size, fill === undefined ? undefined : named(FILLS, fill).word, colour].filter((word) => word !== undefined);
}
