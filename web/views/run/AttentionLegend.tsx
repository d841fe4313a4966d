// Legend of the picture: what outlines mean, the colours of attention, and how strongly they are drawn.
import { useId } from 'react';
import { attentionGradient } from '../../lib/attention-pixels';
import { formatProbability } from '../../../src/text/format';
import type { AttentionRange } from '../../lib/patch-marks';
import { runText } from '../../strings/run';
import styles from './AttentionLegend.module.css';
import { useMethodView } from './use-run-view';

interface Props {
  readonly range: AttentionRange;
  readonly intensity: number;
  readonly onIntensity: (intensity: number) => void;
  readonly disabled: boolean;
}

const text = runText.overlay;
const KINDS = ['added', 'kept', 'rejected'] as const;

export function AttentionLegend({ range, intensity, onIntensity, disabled }: Props) {
  const id = useId();
  const { latents, appends } = useMethodView();
  return (
    <div className={styles.legend}>
      <ul className={styles.kinds}>
        {KINDS.filter((kind) => kind !== 'rejected' || !appends).map((kind) => (
          <li key={kind}>
            <svg className={styles.swatch} data-kind={kind} viewBox="0 0 14 14" aria-hidden="true">
              <rect x="1.5" y="1.5" width="11" height="11" />
              {kind === 'rejected' && <path d="M2 2l10 10M12 2l-10 10" />}
            </svg>
            {text.legend[kind]}
          </li>
        ))}
      </ul>
      <div className={styles.scale}>
        <label htmlFor={id} title={text.attentionHelp(latents)}>
          {text.attention}
        </label>
        <input
          id={id}
          type="range"
          min={0}
          max={1}
          step={0.05}
          value={intensity}
          disabled={disabled}
          onChange={(event) => onIntensity(Number(event.target.value))}
        />
        <span className={styles.ramp} title={text.attentionScale} aria-hidden="true">
          <span>{formatProbability(range.low)}</span>
          <i style={{ background: attentionGradient(intensity) }} />
          <span>{formatProbability(range.high)}</span>
        </span>
      </div>
    </div>
  );
}
