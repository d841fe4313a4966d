// The plot of the reward chart: measures its box and lays axes, series and cursor over each other.
import { useMemo, useRef } from 'react';
import type { StepEvent } from '../../../src/events/events';
import type { MethodView } from '../../lib/method-view';
import { useSize } from '../../lib/use-size';
import { plotFrame, rewardDomain } from './plot-frame';
import { PlotAxes } from './PlotAxes';
import { PlotCursor } from './PlotCursor';
import { PlotSeries } from './PlotSeries';
import type { SeriesName } from './reward-series';
import styles from './RewardPlot.module.css';

interface Props {
  readonly steps: readonly StepEvent[];
  readonly shown: ReadonlySet<SeriesName>;
  /** Last step of the axis: all steps the run will take. */
  readonly last: number;
  /** What the run's method expects of its steps. */
  readonly expected: ReturnType<MethodView['expects']>;
}

/** Fills the box it is given; the numbers are in the table beside it. */
export function RewardPlot({ steps, shown, last, expected }: Props) {
  const ref = useRef<HTMLDivElement>(null);
  const { width, height } = useSize(ref);
  const mostPatches = Math.max(expected.patches, steps.at(-1)?.patchCount ?? 0);
  // Two numbers that seldom change: what depends on them is not drawn again with every step.
  const [low, high] = rewardDomain(steps, expected.rewards);
  const frame = useMemo(() => plotFrame(width, height, last, mostPatches, [low, high]), [width, height, last, mostPatches, low, high]);
  return (
    <div ref={ref} className={styles.plot}>
      {width > 0 && (
        <>
          <svg className={styles.drawing} preserveAspectRatio="xMidYMin" viewBox={`0 0 ${width} ${height}`} aria-hidden="true">
            <PlotAxes frame={frame} hasPatches={shown.has('patches')} namesPatches={frame.gutter === 0 || steps.length === 0} />
            <PlotSeries frame={frame} steps={steps} shown={shown} />
          </svg>
          {steps.length > 0 && <PlotCursor frame={frame} shown={shown} />}
        </>
      )}
    </div>
  );
}
