// The world of the embedded model, typed: its shapes, colours, sizes, fills and backgrounds (src/scene/world.json).
import world from './world.json';

export interface Shape {
  readonly name: string;
  readonly plural: string;
  readonly kind: 'disc' | 'polygon';
  /** [x, y] in units of the object's radius, x to the right, y down; empty for a disc. */
  readonly vertices: readonly (readonly [number, number])[];
}

export type Rgb = readonly [number, number, number];

export interface Background {
  readonly name: string;
  readonly kind: 'plain' | 'gradient' | 'stripes' | 'checks';
  readonly from: Rgb;
  readonly to: Rgb;
  /** Degrees clockwise from the x axis; 0 where it means nothing. */
  readonly angle: number;
  /** Pixels; 0 where it means nothing. */
  readonly period: number;
}

export interface Fill {
  readonly name: string;
  /** The word questions use. */
  readonly word: string;
  /** Size of the hole relative to the shape; 0 for none. */
  readonly innerScale: number;
}

export interface Direction {
  readonly phrase: string;
  readonly axis: 'x' | 'y';
  readonly sign: number;
  readonly extreme: string;
}

const rgb = (values: readonly number[]): Rgb => [values[0], values[1], values[2]];

export const SHAPES: readonly Shape[] = world.shapes.map(({ name, plural, kind, vertices }) => ({
  name,
  plural,
  kind: kind === 'disc' ? 'disc' : 'polygon',
  vertices: vertices.map(([x, y]) => [x, y] as const),
}));
export const COLOURS = world.colours.map((colour) => ({ name: colour.name, rgb: rgb(colour.rgb) }));
export const SIZES: readonly { readonly name: string; readonly radius: number }[] = world.sizes;
export const FILLS: readonly Fill[] = world.fills.map(({ name, word, innerScale }) => ({ name, word, innerScale: innerScale ?? 0 }));
export const BACKGROUNDS: readonly Background[] = world.backgrounds.map(({ name, kind, from, to, angle, period }) => ({
  name,
  kind: kind as Background['kind'],
  from: rgb(from),
  to: rgb(to ?? from),
  angle: angle ?? 0,
  period: period ?? 0,
}));
export const DIRECTIONS = world.directions as readonly Direction[];
export const { sides: SIDES, spacing: SPACING, splits: SPLITS, noise: NOISE, maxRotation: MAX_ROTATION } = world;
export type Split = keyof typeof SPLITS;

/** Whether training never showed this shape in this colour. */
export function isHeldOut(shape: string, colour: string): boolean {
  return world.heldOut.some((pair) => pair[0] === shape && pair[1] === colour);
}

/** The entry with this name. @throws RangeError when there is none: a checked scene names only known things. */
export function named<T extends { readonly name: string }>(entries: readonly T[], name: string): T {
  const found = entries.find((entry) => entry.name === name);
  if (found === undefined) throw new RangeError(`the world has no "${name}"`);
  return found;
}
