// What the editor adds to scenes: the names of objects, a free place for a new one, and the scene it first shows.
import { keptInside, tooClose } from '../../src/scene/geometry';
import { phraseOf } from '../../src/scene/phrases';
import { EMPTY_SCENE, type Scene, type SceneObject } from '../../src/scene/scene';

/** How an object looks, wherever it stands. */
export type Look = Omit<SceneObject, 'x' | 'y'>;

/** All that can be said of an object: "large solid red star". */
export function fullName({ size, fill, colour, shape }: Look): string {
  return phraseOf({ size, fill, colour, shape });
}

/** The object inside the picture, at a tenth of a pixel. */
export function settled(scene: Scene, thing: SceneObject): SceneObject {
  const inside = keptInside(scene, thing);
  return { ...inside, x: Math.round(inside.x * 10) / 10, y: Math.round(inside.y * 10) / 10 };
}

/** Distance of the places tried for a new object, pixels. */
const GRID = 6;

/** The new object at the free place nearest to the middle; in the middle itself when none is free. */
export function placeFreely(scene: Scene, look: Look): SceneObject {
  const middle = settled(scene, { ...look, x: scene.width / 2, y: scene.height / 2 });
  const isFree = (thing: SceneObject): boolean => scene.objects.every((other) => !tooClose(scene, thing, other));
  if (isFree(middle)) return middle;
  let best: SceneObject | null = null;
  let least = Number.POSITIVE_INFINITY;
  for (let y = 0; y <= scene.height; y += GRID) {
    for (let x = 0; x <= scene.width; x += GRID) {
      const thing = settled(scene, { ...look, x, y });
      const away = Math.hypot(thing.x - middle.x, thing.y - middle.y);
      if (away < least && isFree(thing)) {
        best = thing;
        least = away;
      }
    }
  }
  return best ?? middle;
}

/** What an editor that was never used shows: different shapes, colours and fills, with something right of the star. */
export const FIRST_SCENE: Scene = {
  ...EMPTY_SCENE,
  width: 252,
  height: 196,
  background: 'cream',
  objects: [
    { shape: 'star', colour: 'red', size: 'large', fill: 'solid', x: 70, y: 98, rotation: -8 },
    { shape: 'circle', colour: 'blue', size: 'large', fill: 'outline', x: 152, y: 104, rotation: 0 },
    { shape: 'triangle', colour: 'green', size: 'small', fill: 'solid', x: 212, y: 44, rotation: 10 },
    { shape: 'heart', colour: 'purple', size: 'small', fill: 'solid', x: 128, y: 32, rotation: -4 },
    { shape: 'square', colour: 'yellow', size: 'large', fill: 'solid', x: 206, y: 152, rotation: 12 },
  ],
};
