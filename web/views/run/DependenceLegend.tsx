// Legend of the answers: the signed scale of S_t with its range, how strongly it is drawn, and the threshold of the count.
import { useId } from 'react';
import { legendGradient } from '../../lib/color-map';
import { useResolvedTheme } from '../../lib/resolved-theme';
import { runText } from '../../strings/run';
import { DependenceSymbol } from './DependenceSymbol';
import styles from './DependenceLegend.module.css';

interface Props {
  readonly limit: number;
  readonly intensity: number;
  readonly onIntensity: (value: number) => void;
  readonly threshold: number;
  readonly onThreshold: (value: number) => void;
  readonly disabled: boolean;
  readonly showsDifferences: boolean;
}

const text = runText.answers;

export function DependenceLegend({ limit, intensity, onIntensity, threshold, onThreshold, disabled, showsDifferences }: Props) {
  const theme = useResolvedTheme();
  const id = useId();
  return (
    <div className={styles.legend}>
      <figure className={styles.scale}>
        <figcaption>
          {text.dependenceName} <DependenceSymbol />, nats
        </figcaption>
        <div className={styles.ramp} style={{ background: legendGradient('diverging', theme, intensity) }} />
        <div className={styles.ends}>
          <span>
            <b>{text.legendUnit(-limit)}</b> {text.legendLow}
          </span>
          <b>0</b>
          <span>
            {text.legendHigh} <b>{text.legendUnit(limit)}</b>
          </span>
        </div>
      </figure>
      <div className={styles.controls} data-screen-only>
        <label htmlFor={`${id}-intensity`}>{text.intensity}</label>
        <input
          id={`${id}-intensity`}
          type="range"
          min={0}
          max={1}
          step={0.05}
          value={intensity}
          disabled={disabled}
          onChange={(event) => onIntensity(Number(event.target.value))}
        />
        <span />
        <label htmlFor={`${id}-threshold`}>{text.threshold}</label>
        <input
          id={`${id}-threshold`}
          type="range"
          min={0}
          max={limit}
          step={0.1}
          value={Math.min(threshold, limit)}
          disabled={disabled}
          aria-valuetext={text.thresholdValue(threshold)}
          onChange={(event) => onThreshold(Number(event.target.value))}
        />
        <output htmlFor={`${id}-threshold`}>{text.thresholdValue(threshold)}</output>
      </div>
      <ul className={styles.keys}>
        <li>
          <span data-key="above">ab</span> {text.keyAbove(threshold)}
        </li>
        <li>
          <span data-key="below">ab</span> {text.keyBelow(threshold)}
        </li>
        {showsDifferences && (
          <li>
            <span data-key="differs">ab</span> {text.keyDiffers}
          </li>
        )}
      </ul>
    </div>
  );
}
