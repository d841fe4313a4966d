// A scene as data: what stands where. The scene editor and the training recipe both use this form.
import * as v from 'valibot';
import { BACKGROUNDS, COLOURS, FILLS, SHAPES, SIDES, SIZES } from './world';

/** Most objects of a scene. The model was trained on fewer (see `splits` in world.json). */
export const MAX_OBJECTS = 12;

const nameOf = (entries: readonly { readonly name: string }[]) => v.picklist(entries.map((entry) => entry.name));
const between = (min: number, max: number) => v.pipe(v.number(), v.minValue(min), v.maxValue(max));
const side = v.pipe(between(SIDES.min, SIDES.max), v.multipleOf(SIDES.unit));

const objectSchema = v.object({
  shape: nameOf(SHAPES),
  colour: nameOf(COLOURS),
  size: nameOf(SIZES),
  fill: nameOf(FILLS),
  /** Centre, pixels. */
  x: between(0, SIDES.max),
  y: between(0, SIDES.max),
  /** Degrees, clockwise. */
  rotation: between(-180, 180),
});

/** What a scene may be: names of the world, sizes the model reads, every centre inside the picture. */
export const sceneSchema = v.pipe(
  v.object({
    /** Pixels: a multiple of the merged patch. */
    width: side,
    height: side,
    background: nameOf(BACKGROUNDS),
    /** Multiplies every object's radius. */
    scale: between(0.5, 2),
    /** Standard deviation of the grain, 0..255 scale. */
    noise: between(0, 32),
    /** Seeds the grain. */
    seed: v.pipe(between(0, 4294967295), v.integer()),
    objects: v.pipe(v.array(objectSchema), v.maxLength(MAX_OBJECTS)),
  }),
  v.check(({ width, height, objects }) => objects.every(({ x, y }) => x <= width && y <= height), 'a centre lies outside the picture'),
);

export type Scene = v.InferOutput<typeof sceneSchema>;
export type SceneObject = Scene['objects'][number];

export const EMPTY_SCENE: Scene = { width: 224, height: 224, background: 'white', scale: 1, noise: 0, seed: 0, objects: [] };
