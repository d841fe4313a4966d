// How many tokens have how much image dependence, and the share above a threshold that a slider sets.
import { useId, useMemo, useRef, useState } from 'react';
import { formatSize } from '../../../src/text/format';
import { linearScale } from '../../lib/chart-scale';
import { histogram } from '../../lib/histogram';
import { useSize } from '../../lib/use-size';
import { exploreText } from '../../strings/explore';
import styles from './Explorer.module.css';
import own from './DependenceHistogram.module.css';

const text = exploreText.dependence;
const BOX = { height: 170, left: 30, right: 10, top: 14, bottom: 34 } as const;
const BINS = 16;

export function DependenceHistogram({ values }: { readonly values: readonly number[] }) {
  const id = useId();
  const ref = useRef<HTMLDivElement>(null);
  const { width } = useSize(ref);
  const [threshold, setThreshold] = useState(0.5);
  const bins = useMemo(() => histogram(values, BINS), [values]);
  const [low, high] = [bins[0].from, bins[BINS - 1].to];
  const most = Math.max(1, ...bins.map(({ count }) => count));
  const x = linearScale([low, high], [BOX.left, Math.max(BOX.left + 1, width - BOX.right)]);
  const y = linearScale([0, most], [BOX.height - BOX.bottom, BOX.top]);
  const at = Math.min(high, Math.max(low, threshold));
  const over = values.filter((value) => value > at).length;
  return (
    <div className={styles.histogram}>
      <div ref={ref}>
        {width > 0 && (
          <svg width={width} height={BOX.height} role="img" aria-label={text.histogram}>
            {bins.map(({ from, to, count }) => (
              <g key={from} className={own.bar} data-above={from >= at}>
                <rect x={x(from) + 0.5} width={Math.max(0.5, x(to) - x(from) - 1)} y={y(count)} height={y(0) - y(count)}>
                  <title>{text.bin(from, to, count)}</title>
                </rect>
                {count > 0 && (
                  <text x={(x(from) + x(to)) / 2} y={y(count) - 3} textAnchor="middle">
                    {count}
                  </text>
                )}
              </g>
            ))}
            <line className={own.threshold} x1={x(at)} x2={x(at)} y1={BOX.top} y2={y(0)} />
            <g className={styles.axis}>
              <line x1={BOX.left} x2={width - BOX.right} y1={y(0)} y2={y(0)} />
              <text x={x(low)} y={BOX.height - 18} textAnchor="start">
                {formatSize(low)}
              </text>
              <text x={x(high)} y={BOX.height - 18} textAnchor="end">
                {formatSize(high)}
              </text>
              <text x={(BOX.left + width) / 2} y={BOX.height - 4} textAnchor="middle">
                {text.axis}
              </text>
            </g>
          </svg>
        )}
      </div>
      <div className={own.thresholdRow}>
        <label htmlFor={id}>{text.threshold}</label>
        <input
          id={id}
          type="range"
          min={low}
          max={high}
          step={(high - low) / 100}
          value={at}
          aria-valuetext={`${text.nats(at)}: ${text.share(over, values.length)}`}
          onChange={(event) => setThreshold(Number(event.target.value))}
        />
        <output htmlFor={id}>
          {text.nats(at)}: {text.share(over, values.length)}
        </output>
      </div>
    </div>
  );
}
