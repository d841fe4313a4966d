// One series of the chart: its line, its name and its value at the cursor; pressing it hides or shows it.
import { memo } from 'react';
import type { StepEvent } from '../../../src/events/events';
import { runText } from '../../strings/run';
import { seriesSpoken, seriesValue, type SeriesName } from './reward-series';
import styles from './SeriesButton.module.css';

interface Props {
  readonly name: SeriesName;
  readonly step: StepEvent | undefined;
  readonly shown: boolean;
  /** The only series left: it cannot be switched off. */
  readonly isLast: boolean;
  readonly onToggle: (name: SeriesName) => void;
}

const text = runText.chart;

export const SeriesButton = memo(function SeriesButton({ name, step, shown, isLast, onToggle }: Props) {
  const { name: label, help } = text.series[name];
  return (
    <button
      type="button"
      className={styles.series}
      aria-pressed={shown}
      aria-disabled={isLast}
      aria-label={`${label} ${seriesSpoken(name, step)}`}
      title={isLast ? `${help} ${text.lastSeries}` : help}
      onClick={() => !isLast && onToggle(name)}
    >
      <Swatch name={name} />
      <span className={styles.name}>{label}</span>
      <span className={styles.value}>{seriesValue(name, step)}</span>
    </button>
  );
});

/** The series drawn as in the plot, so that the name needs no legend. */
function Swatch({ name }: { readonly name: SeriesName }) {
  return (
    <svg className={styles.swatch} data-series={name} viewBox="0 0 22 12" aria-hidden="true">
      {name === 'best' && <path d="M1 9h7V3h13" />}
      {name === 'evaluated' && (
        <>
          <path d="M1 8L8 4l7 4 6-5" />
          <circle cx="8" cy="4" r="2" />
          <circle cx="15" cy="8" r="2" />
        </>
      )}
      {name === 'unperturbed' && <path d="M1 9C8 9 12 4 21 3" />}
      {name === 'candidates' && (
        <>
          <path className={styles.kept} d="M6 2.5l3.2 6H2.8z" />
          <path d="M14 3.5l5 5M19 3.5l-5 5" />
        </>
      )}
      {name === 'patches' && <rect x="1" y="4" width="20" height="7" />}
    </svg>
  );
}
