// The geometry of a scene in pixels: outlines, boxes, who is under a pointer, who stands too close.
import type { PixelRect } from '../image/tiles';
import { FILLS, named, SHAPES, SIZES, SPACING } from './world';
import type { Scene, SceneObject } from './scene';

export interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** A filled outline; `points` is [x, y] per vertex, or null for a circle of `radius` about the object's centre. */
export interface Outline {
  readonly points: readonly (readonly [number, number])[] | null;
  readonly radius: number;
}

/** Radius in pixels: the size's, times the scene's scale. */
export function radiusOf(scene: Pick<Scene, 'scale'>, thing: SceneObject): number {
  return named(SIZES, thing.size).radius * scene.scale;
}

/** The outline to fill; `factor` shrinks it about the object's centre. */
export function outlineOf(scene: Pick<Scene, 'scale'>, thing: SceneObject, factor = 1): Outline {
  const radius = radiusOf(scene, thing) * factor;
  const shape = named(SHAPES, thing.shape);
  if (shape.kind === 'disc') return { points: null, radius };
  const turn = (thing.rotation * Math.PI) / 180;
  const c = Math.cos(turn) * radius;
  const s = Math.sin(turn) * radius;
  return { points: shape.vertices.map(([x, y]) => [thing.x + x * c - y * s, thing.y + x * s + y * c]), radius };
}

/** The outline of the hole, or null for a solid object. */
export function holeOf(scene: Pick<Scene, 'scale'>, thing: SceneObject): Outline | null {
  const { innerScale } = named(FILLS, thing.fill);
  return innerScale > 0 ? outlineOf(scene, thing, innerScale) : null;
}

/** Bounding box. */
export function boxOf(scene: Pick<Scene, 'scale'>, thing: SceneObject): Box {
  const { points, radius } = outlineOf(scene, thing);
  if (points === null) return { left: thing.x - radius, top: thing.y - radius, right: thing.x + radius, bottom: thing.y + radius };
  const xs = points.map(([x]) => x);
  const ys = points.map(([, y]) => y);
  return { left: Math.min(...xs), top: Math.min(...ys), right: Math.max(...xs), bottom: Math.max(...ys) };
}

/** The same box by its corner and its size. */
export function rectOf({ left, top, right, bottom }: Box): PixelRect {
  return { x: left, y: top, width: right - left, height: bottom - top };
}

/** Whether two objects stand closer than training ever showed. */
export function tooClose(scene: Pick<Scene, 'scale'>, a: SceneObject, b: SceneObject): boolean {
  const apart = (radiusOf(scene, a) + radiusOf(scene, b)) * 1.05 + SPACING.gap;
  return Math.hypot(a.x - b.x, a.y - b.y) < apart;
}

/** How far an object's centre must stay from the border, in pixels. */
export function reachOf(scene: Pick<Scene, 'scale'>, thing: SceneObject): number {
  return radiusOf(scene, thing) * 1.12 + SPACING.border;
}

/** The object moved so that it lies inside the picture. */
export function keptInside(scene: Scene, thing: SceneObject): SceneObject {
  const reach = reachOf(scene, thing);
  const within = (value: number, side: number) => Math.min(side - reach, Math.max(reach, value));
  return { ...thing, x: within(thing.x, scene.width), y: within(thing.y, scene.height) };
}
