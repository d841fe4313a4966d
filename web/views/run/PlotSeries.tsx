// The series of the reward plot: one path each whatever the number of steps, and their names at the ends of lines.
import { area, curveLinear, curveStepAfter, line } from 'd3-shape';
import { memo, useMemo } from 'react';
import type { StepEvent } from '../../../src/events/events';
import { spreadLabels } from '../../lib/chart-scale';
import { runText } from '../../strings/run';
import { viewOfStep } from '../methods/registry';
import type { PlotFrame } from './plot-frame';
import type { SeriesName } from './reward-series';
import styles from './RewardPlot.module.css';

interface Props {
  readonly frame: PlotFrame;
  readonly steps: readonly StepEvent[];
  readonly shown: ReadonlySet<SeriesName>;
}

/** More steps than this are a line without dots. */
const MOST_DOTS = 120;
const LINE_NAMES = ['best', 'evaluated', 'unperturbed', 'patches'] as const;

const circle = (x: number, y: number, r: number): string => `M${x - r} ${y}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0`;

/** Tries of a step stand side by side in the order of the think tokens, around the step they belong to. */
function tryX(frame: PlotFrame, step: StepEvent, latent: number): number {
  const count = step.latents.length;
  return frame.x(step.step + (count > 1 ? ((latent - (count - 1) / 2) / count) * 0.55 : 0));
}

/** The line of a value; steps without it leave a gap. */
function linePath(frame: PlotFrame, steps: readonly StepEvent[], value: (step: StepEvent) => number | null, curve = curveLinear): string {
  const path = line<StepEvent>()
    .defined((step) => value(step) !== null)
    .x((step) => frame.x(step.step))
    .y((step) => frame.y(value(step) ?? 0))
    .curve(curve);
  return path(steps) ?? '';
}

function seriesPaths(frame: PlotFrame, steps: readonly StepEvent[]) {
  const patches = area<StepEvent>()
    .x((step) => frame.x(step.step))
    .y0(frame.bottom)
    .y1((step) => frame.yPatches(step.patchCount))
    .curve(curveStepAfter);
  return {
    patches: patches(steps) ?? '',
    patchesTop: patches.lineY1()(steps) ?? '',
    evaluated: linePath(frame, steps, (step) => step.reward),
    unperturbed: linePath(frame, steps, (step) => viewOfStep(step).unperturbedReward(step)),
    best: linePath(frame, steps, (step) => step.bestReward, curveStepAfter),
  };
}

function markPaths(frame: PlotFrame, steps: readonly StepEvent[]) {
  const size = Math.min(3.2, Math.max(1.6, (frame.x(1) - frame.x(0)) / 9));
  let [kept, turnedDown] = ['', ''];
  for (const step of steps) {
    for (const { latent, reward, accepted } of viewOfStep(step).tries(step)) {
      const [x, y] = [tryX(frame, step, latent), frame.y(reward)];
      if (accepted) kept += `M${x} ${y - size * 1.3}l${size * 1.25} ${size * 2.2}h${-size * 2.5}z`;
      else turnedDown += `M${x - size} ${y - size}l${2 * size} ${2 * size}M${x + size} ${y - size}l${-2 * size} ${2 * size}`;
    }
  }
  const dot = ({ step, reward }: StepEvent): string => (reward === null ? '' : circle(frame.x(step), frame.y(reward), 2.4));
  const dots = steps.length <= MOST_DOTS ? steps.map(dot).join('') : '';
  return { kept, turnedDown, dots };
}

export const PlotSeries = memo(function PlotSeries({ frame, steps, shown }: Props) {
  const paths = useMemo(() => ({ ...seriesPaths(frame, steps), ...markPaths(frame, steps) }), [frame, steps]);
  return (
    <>
      {shown.has('patches') && (
        <>
          <path className={styles.patches} d={paths.patches} />
          <path className={styles.patchesTop} d={paths.patchesTop} />
        </>
      )}
      {shown.has('evaluated') && <path className={styles.evaluated} d={paths.evaluated} />}
      {shown.has('unperturbed') && <path className={styles.unperturbed} d={paths.unperturbed} />}
      {shown.has('best') && <path className={styles.best} d={paths.best} />}
      {shown.has('candidates') && (
        <>
          <path className={styles.turnedDown} d={paths.turnedDown} />
          <path className={styles.kept} d={paths.kept} />
        </>
      )}
      {shown.has('evaluated') && <path className={styles.dots} d={paths.dots} />}
      {frame.gutter > 0 && <LineNames frame={frame} steps={steps} shown={shown} />}
    </>
  );
});

function LineNames({ frame, steps, shown }: Props) {
  const last = steps.at(-1);
  if (!last) return null;
  const at = (reward: number | null): number | null => (reward === null ? null : frame.y(reward));
  const places: Record<(typeof LINE_NAMES)[number], number | null> = {
    best: at(last.bestReward),
    evaluated: at(last.reward),
    unperturbed: at(viewOfStep(last).unperturbedReward(last)),
    patches: frame.yPatches(last.patchCount),
  };
  const names = LINE_NAMES.filter((name) => shown.has(name) && places[name] !== null);
  const ys = spreadLabels(
    names.map((name) => places[name] ?? 0),
    14,
    frame.top + 4,
    frame.bottom - 2,
  );
  return names.map((name, i) => (
    <text key={name} className={styles.lineName} data-series={name} x={frame.width - frame.gutter + 4} y={ys[i] + 4}>
      {runText.chart.series[name].name}
    </text>
  ));
}
