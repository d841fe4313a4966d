// The axes of the reward plot: grid lines, ticks and the names of the three scales.
import { memo } from 'react';
import { formatNumber } from '../../../src/text/format';
import { axisTicks, wholeTicks } from '../../lib/chart-scale';
import { runText } from '../../strings/run';
import type { PlotFrame } from './plot-frame';
import styles from './RewardPlot.module.css';

interface Props {
  readonly frame: PlotFrame;
  /** Whether the patches' scale is written at the right. */
  readonly hasPatches: boolean;
  /** Whether that scale says what it counts; not needed where the curve's own name does. */
  readonly namesPatches: boolean;
}

const text = runText.chart;
/** Fewer than on the value axis: most runs take a round number of steps, which is then the last tick. */
const STEP_INTERVALS = 4;
const PATCH_INTERVALS = 2;

export const PlotAxes = memo(function PlotAxes({ frame, hasPatches, namesPatches }: Props) {
  const { left, right, bottom, x, y, yPatches } = frame;
  const reward = axisTicks(frame.reward);
  return (
    <g className={styles.axes}>
      <g data-axis="reward" textAnchor="end">
        {reward.values.map((tick) => (
          <g key={tick} transform={`translate(${left} ${y(tick)})`}>
            <line className={styles.grid} x2={right - left} />
            <text x={-8} dy="0.35em">
              {formatNumber(tick, reward.decimals)}
            </text>
          </g>
        ))}
      </g>
      <text x={2} y={12}>
        {text.axisReward}
      </text>
      <g data-axis="step" textAnchor="middle">
        {wholeTicks([0, frame.last], STEP_INTERVALS).map((tick) => (
          <g key={tick} transform={`translate(${x(tick)} ${bottom})`}>
            <line y2={5} />
            <text y={18}>{tick}</text>
          </g>
        ))}
      </g>
      <line x1={left} x2={right} y1={bottom} y2={bottom} />
      <text x={left - 8} y={bottom + 18} textAnchor="end">
        {text.axisStep}
      </text>
      {hasPatches && (
        <g data-axis="patches">
          {wholeTicks([0, frame.maxPatches], PATCH_INTERVALS).map((tick) => (
            <text key={tick} x={right + 6} y={yPatches(tick)} dy="0.35em">
              {tick}
            </text>
          ))}
          {/* Above its ticks. */}
          {namesPatches && (
            <text textAnchor="middle" transform={`translate(${right + 10} ${yPatches(1.4 * frame.maxPatches)}) rotate(90)`}>
              {text.axisPatches}
            </text>
          )}
        </g>
      )}
    </g>
  );
});
