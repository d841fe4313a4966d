// A scene as data: what stands where. The scene editor, its files and the training recipe all speak this form.
import * as v from 'valibot';
import { fault } from '../engine/errors';
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

const sceneSchema = v.object({
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
});

export type Scene = v.InferOutput<typeof sceneSchema>;
export type SceneObject = Scene['objects'][number];

export const EMPTY_SCENE: Scene = { width: 224, height: 224, background: 'white', scale: 1, noise: 0, seed: 0, objects: [] };

/**
 * Reads a scene from JSON text or a parsed value.
 * @throws EngineFault BAD_INPUT that names the first thing that is wrong.
 */
export function parseScene(source: unknown): Scene {
  const result = v.safeParse(sceneSchema, typeof source === 'string' ? parseJson(source) : source, { abortEarly: true });
  if (!result.success) {
    const [issue] = result.issues;
    throw notAScene(`${v.getDotPath(issue) ?? 'It'}: ${issue.message.slice(0, 200)}.`);
  }
  const outside = result.output.objects.findIndex(({ x, y }) => x > result.output.width || y > result.output.height);
  if (outside >= 0) throw notAScene(`objects.${outside}: its centre lies outside the picture.`);
  return result.output;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw notAScene('It is not JSON.');
  }
}

function notAScene(problem: string) {
  return fault('BAD_INPUT', `This is not a scene. ${problem}`, 'Open a scene that the scene editor saved.');
}
