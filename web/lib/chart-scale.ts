// Axes that stand still: rounded domains with headroom that only ever grow as a run goes on.
import { LARGEST_NUMBER } from '../../src/events/events';

export interface AxisScale {
  readonly domain: readonly [number, number];
  readonly ticks: readonly number[];
  /** Decimals that tell neighbouring ticks apart. */
  readonly digits: number;
}

/** The smallest of 1, 2, 5 times a power of ten that is at least `raw`. */
export function niceStep(raw: number): number {
  const power = 10 ** Math.floor(Math.log10(raw));
  const factor = [1, 2, 5, 10].find((f) => f * power >= raw * (1 - 1e-9)) ?? 10;
  return factor * power;
}

/** The axes used last: the same axis is the same object, so that what depends on it is not drawn again. */
const scales = new Map<string, AxisScale>();
/** More axes than one page ever shows at a time. */
const KEPT_SCALES = 32;

function ticksOf(low: number, high: number, step: number): AxisScale {
  const key = `${low.toPrecision(9)} ${high.toPrecision(9)} ${step.toPrecision(9)}`;
  const scale = scales.get(key) ?? makeTicks(low, high, step);
  // Taken out and put back, the axis in use stands last and the one unused for longest first.
  scales.delete(key);
  scales.set(key, scale);
  for (const oldest of scales.keys()) {
    if (scales.size <= KEPT_SCALES) break;
    scales.delete(oldest);
  }
  return scale;
}

function makeTicks(low: number, high: number, step: number): AxisScale {
  const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  const count = Math.round((high - low) / step);
  const ticks = Array.from({ length: count + 1 }, (_, i) => Number((low + i * step).toFixed(digits)));
  return { domain: [ticks[0], ticks.at(-1) ?? high], ticks, digits };
}

/**
 * A value axis around what was measured so far, with an eighth of headroom above and below and about four intervals.
 * Never narrower than a twenty-fifth of the values' size, so that the first points do not zoom into rounding.
 */
export function valueScale(values: Iterable<number>): AxisScale {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    // No event holds a larger number; without the bound the distance of two could overflow.
    const bounded = Math.min(Math.max(value, -LARGEST_NUMBER), LARGEST_NUMBER);
    if (bounded < low) low = bounded;
    if (bounded > high) high = bounded;
  }
  if (!(low <= high)) return ticksOf(0, 1, 0.25);
  const least = Math.max(0.02, 0.04 * Math.max(Math.abs(low), Math.abs(high)));
  const missing = Math.max(0, least - (high - low));
  const headroom = Math.max(high - low, least) / 8;
  const from = low - missing / 2 - headroom;
  const to = high + missing / 2 + headroom;
  const step = niceStep((to - from) / 5);
  return ticksOf(Math.floor(from / step + 1e-9) * step, Math.ceil(to / step - 1e-9) * step, step);
}

/** An axis of whole numbers from 0 to at least `highest`, with about `intervals` intervals; the last tick is `highest` itself when `exact`. */
export function countScale(highest: number, intervals: number, exact = false): AxisScale {
  const top = Math.max(1, Math.ceil(highest));
  const step = Math.max(1, niceStep(top / intervals));
  const scale = ticksOf(0, Math.ceil(top / step) * step, step);
  if (!exact) return scale;
  const ticks = scale.ticks.filter((tick) => tick === 0 || tick <= top - 0.75 * step);
  return { domain: [0, top], ticks: [...ticks, top], digits: 0 };
}

/** Moves labels apart so that neighbours are at least `gap` away from each other, within low..high, keeping their order. */
export function spreadLabels(wanted: readonly number[], gap: number, low: number, high: number): number[] {
  const order = wanted.map((y, i) => ({ y, i })).sort((a, b) => a.y - b.y || a.i - b.i);
  let floor = low;
  for (const label of order) {
    label.y = Math.max(label.y, floor);
    floor = label.y + gap;
  }
  let ceiling = high;
  for (const label of order.toReversed()) {
    label.y = Math.min(label.y, ceiling);
    ceiling = label.y - gap;
  }
  const placed = Array.from(wanted, () => 0);
  for (const { y, i } of order) placed[i] = y;
  return placed;
}
