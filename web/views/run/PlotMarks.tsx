// What the chart library would draw one node at a time: dots, tries of the inner loop, and the names at the ends of lines.
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

/** Draws only: one path per kind of mark, whatever the number of steps. */
export const PlotMarks = memo(function PlotMarks({ frame, steps, shown }: Props) {
  const { dots, kept, turnedDown } = useMemo(() => {
    const size = Math.min(3.2, Math.max(1.6, (frame.x(1) - frame.x(0)) / 9));
    const tries = steps.flatMap((step) =>
      viewOfStep(step)
        .tries(step)
        .map((candidate) => ({ ...candidate, x: tryX(frame, step, candidate.latent), y: frame.y(candidate.reward) })),
    );
    return {
      dots:
        steps.length <= MOST_DOTS
          ? steps.map((step) => (step.reward === null ? '' : circle(frame.x(step.step), frame.y(step.reward), 2.4))).join('')
          : '',
      kept: tries
        .filter((one) => one.accepted)
        .map(({ x, y }) => `M${x} ${y - size * 1.3}l${size * 1.25} ${size * 2.2}h${-size * 2.5}z`)
        .join(''),
      turnedDown: tries
        .filter((one) => !one.accepted)
        .map(({ x, y }) => `M${x - size} ${y - size}l${2 * size} ${2 * size}M${x + size} ${y - size}l${-2 * size} ${2 * size}`)
        .join(''),
    };
  }, [frame, steps]);
  return (
    <svg className={styles.marks} width={frame.width} height={frame.height}>
      {shown.has('candidates') && (
        <>
          <path className={styles.turnedDown} d={turnedDown} />
          <path className={styles.kept} d={kept} />
        </>
      )}
      {shown.has('evaluated') && <path className={styles.dots} d={dots} />}
      {frame.gutter > 0 && <LineNames frame={frame} steps={steps} shown={shown} />}
    </svg>
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
