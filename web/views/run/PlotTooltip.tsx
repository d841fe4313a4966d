// The values of the step under the pointer, beside a thin line through it; the table and the cursor say the same without a pointer.
import type { CSSProperties } from 'react';
import type { StepEvent } from '../../../src/events/events';
import { runText } from '../../strings/run';
import type { PlotFrame } from './plot-frame';
import { SERIES, seriesValue, type SeriesName } from './reward-series';
import styles from './PlotTooltip.module.css';
import { SeriesSwatch } from './SeriesSwatch';

interface Props {
  readonly frame: PlotFrame;
  readonly step: StepEvent;
  readonly shown: ReadonlySet<SeriesName>;
}

const text = runText.chart;

export function PlotTooltip({ frame, step, shown }: Props) {
  const x = frame.x(step.step);
  return (
    <div
      className={styles.pointed}
      style={{ '--x': `${x - frame.left}px`, blockSize: frame.bottom - frame.top } as CSSProperties}
      data-side={x > (frame.left + frame.right) / 2 ? 'before' : 'after'}
      aria-hidden="true"
    >
      <div className={styles.box}>
        <p className={styles.step}>{text.step(step.step)}</p>
        <dl className={styles.values}>
          {SERIES.filter((name) => shown.has(name)).map((name) => (
            <div key={name}>
              <dt>
                <SeriesSwatch name={name} />
                {text.series[name].name}
              </dt>
              <dd>{seriesValue(name, step)}</dd>
            </div>
          ))}
        </dl>
      </div>
    </div>
  );
}
