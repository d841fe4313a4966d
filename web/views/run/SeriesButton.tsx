// One series of the chart: its line, its name and its value at the cursor; pressing it hides or shows it.
import { memo } from 'react';
import type { StepEvent } from '../../../src/events/events';
import { runText } from '../../strings/run';
import { seriesSpoken, seriesValue, type SeriesName } from './reward-series';
import styles from './SeriesButton.module.css';
import { SeriesSwatch } from './SeriesSwatch';

interface Props {
  readonly name: SeriesName;
  readonly step: StepEvent | undefined;
  readonly shown: boolean;
  /** The only series left: it cannot be switched off. */
  readonly isLast: boolean;
  /** Ids of what explains it. */
  readonly describedBy: string;
  readonly onToggle: (name: SeriesName) => void;
}

const text = runText.chart;

export const SeriesButton = memo(function SeriesButton({ name, step, shown, isLast, describedBy, onToggle }: Props) {
  const label = text.series[name].name;
  return (
    <button
      type="button"
      className={styles.series}
      aria-pressed={shown}
      aria-disabled={isLast}
      aria-label={`${label} ${seriesSpoken(name, step)}`}
      aria-describedby={describedBy}
      onClick={() => !isLast && onToggle(name)}
    >
      <SeriesSwatch name={name} />
      <span className={styles.name}>{label}</span>
      <span className={styles.value}>{seriesValue(name, step)}</span>
    </button>
  );
});
