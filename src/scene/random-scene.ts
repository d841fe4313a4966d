// Random scenes in the style the embedded model was trained on.
import { createRandom, type Random } from '../math/random';
import { reachOf, tooClose } from './geometry';
import type { Scene, SceneObject } from './scene';
import { BACKGROUNDS, COLOURS, FILLS, isHeldOut, MAX_ROTATION, NOISE, SHAPES, SIDES, SIZES, SPLITS, type Split } from './world';

/** Numbers for the scene come from this stream of the generator, so that a run with the same seed draws others. */
const SCENE_STREAM = 0x5ce7e;

/**
 * A scene of the `standard` split (2 to 5 objects) or the `hard` one (5 to 8, smaller, grainier). No two objects are alike,
 * none too close to another; pairs of shape and colour that training kept back do not appear.
 * The same seed gives the same scene.
 */
export function randomScene(seed: number, split: Split = 'standard'): Scene {
  const random = createRandom(seed, SCENE_STREAM);
  const rules = SPLITS[split];
  for (;;) {
    const scene: Scene = {
      width: side(random),
      height: side(random),
      background: pick(random, BACKGROUNDS).name,
      scale: rules.scale,
      noise: rounded(random.uniform() * NOISE[split], 2),
      seed: Math.floor(random.uniform() * 2 ** 31),
      objects: [],
    };
    const [fewest, most] = rules.objects;
    const objects = place(random, scene, fewest + Math.floor(random.uniform() * (most - fewest + 1)));
    if (objects !== null) return { ...scene, objects };
  }
}

/** `count` objects that differ from each other and keep their distance; null when there was no room. */
function place(random: Random, scene: Scene, count: number): SceneObject[] | null {
  // A small palette makes several objects share a shape or a colour, so that counting and telling apart are not trivial.
  const shapes = some(random, SHAPES);
  const colours = some(random, COLOURS);
  const objects: SceneObject[] = [];
  for (let tries = 0; tries < count * 60 && objects.length < count; tries++) {
    const thing: SceneObject = {
      shape: pick(random, shapes).name,
      colour: pick(random, colours).name,
      size: pick(random, SIZES).name,
      fill: random.uniform() < 2 / 3 ? FILLS[0].name : FILLS[1].name,
      x: 0,
      y: 0,
      rotation: rounded((2 * random.uniform() - 1) * MAX_ROTATION, 1),
    };
    const reach = reachOf(scene, thing);
    thing.x = rounded(reach + random.uniform() * (scene.width - 2 * reach), 1);
    thing.y = rounded(reach + random.uniform() * (scene.height - 2 * reach), 1);
    const alike = (other: SceneObject) => (['shape', 'colour', 'size', 'fill'] as const).every((key) => other[key] === thing[key]);
    if (isHeldOut(thing.shape, thing.colour) || objects.some((other) => alike(other) || tooClose(scene, other, thing))) continue;
    objects.push(thing);
  }
  return objects.length === count ? objects : null;
}

function side(random: Random): number {
  return SIDES.min + SIDES.unit * Math.floor(random.uniform() * ((SIDES.max - SIDES.min) / SIDES.unit + 1));
}

function pick<T>(random: Random, entries: readonly T[]): T {
  return entries[Math.floor(random.uniform() * entries.length)];
}

/** Two or more of the entries, in random order. */
function some<T>(random: Random, entries: readonly T[]): T[] {
  const left = [...entries];
  const count = 2 + Math.floor(random.uniform() * (entries.length - 1));
  return Array.from({ length: count }, () => left.splice(Math.floor(random.uniform() * left.length), 1)[0]);
}

function rounded(value: number, digits: 1 | 2): number {
  const factor = digits === 1 ? 10 : 100;
  return Math.round(value * factor) / factor;
}
