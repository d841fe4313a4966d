// The one geometry of the reward plot: where axes and series lie, for the chart library and for what is drawn over it.
import type { StepEvent } from '../../../src/events/events';
import { countScale, valueScale, type AxisScale } from '../../lib/chart-scale';
import { viewOfStep } from '../methods/registry';

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
  readonly steps: AxisScale;
  readonly reward: AxisScale;
  readonly patches: AxisScale;
  readonly x: (step: number) => number;
  readonly y: (reward: number) => number;
  readonly yPatches: (count: number) => number;
  /** The nearest whole step to a place, within the axis. */
  readonly stepAt: (x: number) => number;
}

export const AXIS = { left: 46, right: 30, bottom: 30, top: 26 } as const;
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

/** The value axis of a run so far. */
export function rewardScale(steps: readonly StepEvent[]): AxisScale {
  return valueScale(rewards(steps));
}

/** Lays the plot out in `width` × `height` CSS pixels for steps 0..`last`. */
export function plotFrame(width: number, height: number, last: number, maxPatches: number, reward: AxisScale): PlotFrame {
  const gutter = width >= WIDE ? GUTTER : 0;
  const left = AXIS.left;
  const right = Math.max(left + 1, width - AXIS.right - gutter);
  const top = AXIS.top;
  const bottom = Math.max(top + 1, height - AXIS.bottom);
  const end = Math.max(1, last);
  const steps = countScale(end, width >= WIDE ? 10 : 5, true);
  // Patches stay in the lower half: they are context, not the message.
  const patches = countScale(maxPatches * 2, 4);
  const across = (right - left) / (end + 2 * EDGE);
  const [low, high] = reward.domain;
  return {
    width,
    height,
    left,
    top,
    right,
    bottom,
    gutter,
    steps: { ...steps, domain: [-EDGE, end + EDGE] },
    reward,
    patches,
    x: (step) => left + (step + EDGE) * across,
    y: (value) => bottom - ((value - low) / (high - low)) * (bottom - top),
    yPatches: (count) => bottom - (count / patches.domain[1]) * (bottom - top),
    stepAt: (x) => Math.min(end, Math.max(0, Math.round((x - left) / across - EDGE))),
  };
}
