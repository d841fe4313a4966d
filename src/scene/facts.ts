// Spatial facts of a scene that questions ask about; null where the answer would be a close call.
import { radiusOf } from './geometry';
import type { Scene } from './scene';
import { DIRECTIONS, type Direction } from './world';

/** The margins the training data keeps, so that a suggested question has one clear answer. */
const AXIS_MARGIN = 0.12;
const EXTREME_MARGIN = 0.08;
const NEAREST_RATIO = 1.2;

/** Whether object `a` lies in `direction` from `b`; null within 12 % of the side. */
export function sideOf(scene: Scene, a: number, b: number, { axis, sign }: Direction): boolean | null {
  const gap = (scene.objects[a][axis] - scene.objects[b][axis]) * sign;
  return Math.abs(gap) < AXIS_MARGIN * sideLength(scene, axis) ? null : gap > 0;
}

/** The object nearest to `index` (among the given ones); null when the runner-up is less than 1.2 times as far. */
export function nearestTo(scene: Scene, index: number, among = [...scene.objects.keys()]): number | null {
  const ranked = among.filter((i) => i !== index).sort((a, b) => distanceOf(scene, index, a) - distanceOf(scene, index, b));
  if (ranked.length === 0) return null;
  const [first, second] = ranked;
  const close = second !== undefined && distanceOf(scene, index, second) < NEAREST_RATIO * distanceOf(scene, index, first);
  return close ? null : first;
}

/**
 * The nearest object within 45 degrees of `direction` seen from `index`; null if there is none, or if one that lies 38 to
 * 52 degrees off could also be meant.
 */
export function directlyBeside(scene: Scene, index: number, { axis, sign }: Direction): number | null {
  const origin = scene.objects[index];
  const across = axis === 'x' ? 'y' : 'x';
  const angles = scene.objects.map((thing, i) => {
    const along = (thing[axis] - origin[axis]) * sign;
    return i === index || along <= 0 ? Infinity : (Math.atan2(Math.abs(thing[across] - origin[across]), along) * 180) / Math.PI;
  });
  const indexes = [...angles.keys()];
  const found = nearestTo(
    scene,
    index,
    indexes.filter((i) => angles[i] <= 38),
  );
  if (found === null) return null;
  const limit = NEAREST_RATIO * distanceOf(scene, index, found);
  const doubtful = indexes.some((i) => angles[i] > 38 && angles[i] < 52 && distanceOf(scene, index, i) < limit);
  return doubtful ? null : found;
}

/** The object a superlative means ("leftmost", …, "largest", "smallest"); null when it is not clear-cut. */
export function extremeOf(scene: Scene, word: string): number | null {
  const things = scene.objects;
  if (things.length < 2) return null;
  const direction = DIRECTIONS.find((entry) => entry.extreme === word);
  if (direction === undefined) {
    const size = word === 'largest' ? 'large' : 'small';
    const found = [...things.keys()].filter((i) => things[i].size === size);
    return found.length === 1 ? found[0] : null;
  }
  const { axis, sign } = direction;
  const ranked = [...things.keys()].sort((a, b) => (things[b][axis] - things[a][axis]) * sign);
  const gap = Math.abs(things[ranked[0]][axis] - things[ranked[1]][axis]);
  return gap >= EXTREME_MARGIN * sideLength(scene, axis) ? ranked[0] : null;
}

/** Whether object `a` has a larger radius than `b`. */
export function isLarger(scene: Scene, a: number, b: number): boolean {
  return radiusOf(scene, scene.objects[a]) > radiusOf(scene, scene.objects[b]);
}

function sideLength(scene: Scene, axis: 'x' | 'y'): number {
  return axis === 'x' ? scene.width : scene.height;
}

function distanceOf(scene: Scene, a: number, b: number): number {
  return Math.hypot(scene.objects[a].x - scene.objects[b].x, scene.objects[a].y - scene.objects[b].y);
}
