// One small chart of attention: a line for each series, a dot for each step or sentence. Its numbers are in the table beside it.
import { useMemo, useRef } from 'react';
import { formatNumber } from '../../../src/text/format';
import type { AttentionSeries } from '../../lib/attention-series';
import { axisTicks, linearScale, valueDomain, wholeTicks } from '../../lib/chart-scale';
import { useSize } from '../../lib/use-size';
import { attentionText as text } from '../../strings/attention';
import styles from './AttentionPanel.module.css';

interface Props {
  readonly series: readonly AttentionSeries[];
  readonly measure: 'ratio' | 'focus';
  readonly scale: 'total' | 'each';
  /** The step of the cursor. */
  readonly here: number;
}

const HEIGHT = 150;
const EDGE = { left: 46, right: 10, top: 24, bottom: 22 } as const;

export function AttentionPlot({ series, measure, scale, here }: Props) {
  const ref = useRef<HTMLDivElement>(null);
  const { width } = useSize(ref);
  const values = useMemo(
    () => series.map(({ points }) => points.map((point) => ({ step: point.step, value: point[measure][scale] }))),
    [series, measure, scale],
  );
  const most = Math.max(2, ...values.map((points) => points.length));
  const all = values.flatMap((points) => points.flatMap(({ value }) => (value === null ? [] : [value])));
  const domain = valueDomain(all, [0, Infinity]);
  const ticks = axisTicks(domain);
  const x = linearScale([0.5, most + 0.5], [EDGE.left, Math.max(EDGE.left + 1, width - EDGE.right)]);
  const y = linearScale(domain, [HEIGHT - EDGE.bottom, EDGE.top]);
  return (
    <div ref={ref} className={styles.plot}>
      {width > 0 && (
        <svg viewBox={`0 0 ${width} ${HEIGHT}`} aria-hidden="true">
          <text x={2} y={12}>
            {text.measures[measure].name}
          </text>
          {ticks.values.map((tick) => (
            <g key={tick} transform={`translate(${EDGE.left} ${y(tick)})`}>
              <line className={styles.grid} x2={width - EDGE.right - EDGE.left} />
              <text x={-6} dy="0.35em" textAnchor="end">
                {formatNumber(tick, ticks.decimals)}
              </text>
            </g>
          ))}
          {wholeTicks([1, most], 6).map((tick) => (
            <text key={tick} x={x(tick)} y={HEIGHT - 6} textAnchor="middle">
              {tick}
            </text>
          ))}
          {values.map((points, index) => {
            const places = points.flatMap(({ step, value }, place) => (value === null ? [] : [{ step, x: x(place + 1), y: y(value) }]));
            return (
              <g key={series[index].name} data-series={index}>
                <polyline points={places.map((place) => `${place.x.toFixed(1)},${place.y.toFixed(1)}`).join(' ')} />
                {places.map((place) => (
                  <circle key={place.x} cx={place.x} cy={place.y} r={place.step === here ? 5 : 3} />
                ))}
              </g>
            );
          })}
        </svg>
      )}
    </div>
  );
}
