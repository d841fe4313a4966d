// The plot of the reward chart, the only part that needs the chart library: axes and lines, nothing that follows the cursor.
import { memo, useDeferredValue, useMemo, useRef } from 'react';
import { Area, CartesianGrid, ComposedChart, Line, XAxis, YAxis } from 'recharts';
import type { StepEvent } from '../../../src/events/events';
import { formatNumber } from '../../../src/text/format';
import { useSize } from '../../lib/use-size';
import { runText } from '../../strings/run';
import { viewOfStep } from '../methods/registry';
import { AXIS, plotFrame, rewardScale, type PlotFrame } from './plot-frame';
import { PlotCursor } from './PlotCursor';
import { PlotMarks } from './PlotMarks';
import type { SeriesName } from './reward-series';
import styles from './RewardPlot.module.css';

interface Props {
  readonly steps: readonly StepEvent[];
  readonly shown: ReadonlySet<SeriesName>;
  /** Last step of the axis: all steps the run will take. */
  readonly last: number;
  readonly maxPatches: number;
}

const text = runText.chart;

/** Fills the box it is given; the numbers are in the table beside it. */
export function RewardPlot({ steps: newest, shown, last, maxPatches }: Props) {
  // The library's share of a step is the largest: drawn after the rest of the page, in a task of its own.
  const steps = useDeferredValue(newest);
  const ref = useRef<HTMLDivElement>(null);
  const { width, height } = useSize(ref);
  const mostPatches = Math.max(maxPatches, steps.at(-1)?.patchCount ?? 0);
  const scale = rewardScale(steps);
  const frame = useMemo(() => plotFrame(width, height, last, mostPatches, scale), [width, height, last, mostPatches, scale]);
  return (
    <div ref={ref} className={styles.plot}>
      {width > 0 && (
        <>
          <div aria-hidden="true">
            <Lines frame={frame} steps={steps} shown={shown} />
            <PlotMarks frame={frame} steps={steps} shown={shown} />
          </div>
          {steps.length > 0 && <PlotCursor frame={frame} />}
        </>
      )}
    </div>
  );
}

interface LinesProps extends Pick<Props, 'steps' | 'shown'> {
  readonly frame: PlotFrame;
}

const Lines = memo(function Lines({ frame, steps, shown }: LinesProps) {
  const { reward, patches } = frame;
  const tick = { fill: 'var(--ink-3)', fontSize: 11 };
  const still = { isAnimationActive: false, dot: false, activeDot: false } as const;
  return (
    <ComposedChart
      data={[...steps]}
      width={frame.width}
      height={frame.height}
      margin={{ top: AXIS.top, right: frame.gutter, bottom: 0, left: 0 }}
      accessibilityLayer={false}
    >
      <CartesianGrid yAxisId="reward" vertical={false} stroke="var(--rule)" strokeOpacity={0.6} />
      <XAxis
        dataKey="step"
        type="number"
        height={AXIS.bottom}
        domain={[...frame.steps.domain]}
        ticks={[...frame.steps.ticks]}
        interval={0}
        allowDataOverflow
        tick={tick}
        tickLine={{ stroke: 'var(--rule-strong)' }}
        axisLine={{ stroke: 'var(--rule-strong)' }}
      />
      <YAxis
        yAxisId="reward"
        width={AXIS.left}
        domain={[...reward.domain]}
        ticks={[...reward.ticks]}
        interval={0}
        allowDataOverflow
        tick={tick}
        tickFormatter={(value: number) => formatNumber(value, reward.digits)}
        tickLine={false}
        axisLine={false}
      />
      <YAxis
        yAxisId="patches"
        orientation="right"
        width={AXIS.right}
        domain={[...patches.domain]}
        ticks={patches.ticks.filter((value) => value <= patches.domain[1] / 2)}
        interval={0}
        allowDataOverflow
        tick={shown.has('patches') ? tick : false}
        tickLine={false}
        axisLine={false}
      />
      {shown.has('patches') && (
        <Area
          {...still}
          yAxisId="patches"
          dataKey="patchCount"
          type="stepAfter"
          stroke="var(--series-patches)"
          strokeWidth={1}
          fill="var(--series-patches)"
          fillOpacity={0.22}
        />
      )}
      {shown.has('evaluated') && (
        <Line {...still} yAxisId="reward" dataKey="reward" type="linear" stroke="var(--series-evaluated)" strokeWidth={1} />
      )}
      {shown.has('unperturbed') && (
        <Line
          {...still}
          yAxisId="reward"
          dataKey={(step: StepEvent) => viewOfStep(step).unperturbedReward(step)}
          type="linear"
          stroke="var(--series-unperturbed)"
          strokeWidth={1.5}
          strokeDasharray="5 3"
        />
      )}
      {shown.has('best') && (
        <Line
          {...still}
          yAxisId="reward"
          dataKey="bestReward"
          type="stepAfter"
          stroke="var(--series-best)"
          strokeWidth={2.5}
          strokeLinejoin="round"
        />
      )}
      <text x={2} y={12} className={styles.axisName}>
        {text.axisReward}
      </text>
      {shown.has('patches') && frame.gutter === 0 && (
        <text
          className={styles.axisName}
          textAnchor="middle"
          transform={`translate(${frame.width - 8} ${frame.yPatches(patches.domain[1] / 4)}) rotate(90)`}
        >
          {text.axisPatches}
        </text>
      )}
    </ComposedChart>
  );
});
