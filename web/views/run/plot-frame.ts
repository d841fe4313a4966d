// The one geometry of the reward plot: where axes and series lie, for what is drawn and for what is pointed at.
import type { StepEvent } from '../../../src/events/events';
import { linearScale, valueDomain, type Domain } from '../../lib/chart-scale';
import { viewOfStep } from '../methods/registry';

/** From a number of an axis to its place in the drawing, in CSS pixels. */
type Place = (value: number) => number;

export interface PlotFrame {
  /** Whole drawing, CSS pixels. */
  readonly width: number;
  readonly height: number;
  /** The rectangle between the axes. */
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
  /** Room right of the axes for the names of the series; 0 on narrow screens. */
  readonly gutter: number;
  /** The last step of the axis, at least 1; the first is 0. */
  readonly last: number;
  readonly maxPatches: number;
  readonly reward: Domain;
  readonly x: Place;
  readonly y: Place;
  readonly yPatches: Place;
  /** The nearest whole step to a place, within the axis. */
  readonly stepAt: (x: number) => number;
}

const AXIS = { left: 46, right: 30, bottom: 30, top: 26 } as const;
/** Room left and right of the first and last step, in steps. */
const EDGE = 0.4;
const WIDE = 520;
const GUTTER = 92;

/** Every reward that is drawn, hidden series too, so that toggling one never moves the axis. */
function* rewards(steps: readonly StepEvent[]): Iterable<number> {
  for (const step of steps) {
    const { unperturbedReward, tries } = viewOfStep(step);
    for (const reward of [step.reward, step.bestReward, unperturbedReward(step)]) if (reward !== null) yield reward;
    for (const { reward } of tries(step)) yield reward;
  }
}

/** The value axis of a run so far, whose rewards can lie within `range`; anywhere where its method does not tell. */
export function rewardDomain(steps: readonly StepEvent[], range: Domain | null): Domain {
  return valueDomain(rewards(steps), range ?? [-Infinity, Infinity]);
}

/** Lays the plot out in `width` × `height` CSS pixels for steps 0..`last`, up to `maxPatches` patches and rewards within `reward`. */
export function plotFrame(width: number, height: number, last: number, maxPatches: number, reward: Domain): PlotFrame {
  const gutter = width >= WIDE ? GUTTER : 0;
  const { left, top } = AXIS;
  const right = Math.max(left + 1, width - AXIS.right - gutter);
  const bottom = Math.max(top + 1, height - AXIS.bottom);
  const end = Math.max(1, last);
  const most = Math.max(1, maxPatches);
  const [steps, across] = [[-EDGE, end + EDGE] as const, [left, right] as const];
  const stepUnder = linearScale(across, steps);
  return {
    width,
    height,
    left,
    top,
    right,
    bottom,
    gutter,
    last: end,
    maxPatches: most,
    reward,
    x: linearScale(steps, across),
    y: linearScale(reward, [bottom, top]),
    // Patches stay in the lower half: they are context, not the message.
    yPatches: linearScale([0, 2 * most], [bottom, top]),
    stepAt: (place) => Math.min(end, Math.max(0, Math.round(stepUnder(place)))),
  };
}
