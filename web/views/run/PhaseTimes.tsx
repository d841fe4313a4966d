// Where the time of a run went: one bar, and the same as a list with durations.
import type { CSSProperties } from 'react';
import { formatDuration, formatShare } from '../../../src/text/format';
import { runText } from '../../strings/run';
import styles from './RunSummary.module.css';

const text = runText.summary;

interface Props {
  /** Milliseconds by phase name, in order. */
  readonly phases: Readonly<Record<string, number>>;
  readonly total: number;
}

export function PhaseTimes({ phases, total }: Props) {
  const parts = Object.entries(phases).filter(([, ms]) => ms > 0);
  if (parts.length === 0) return null;
  const sum = Math.max(
    total,
    parts.reduce((all, [, ms]) => all + ms, 0),
  );
  return (
    <div className={styles.phases}>
      <div className={styles.bar} aria-hidden="true">
        {parts.map(([name, ms], i) => (
          <i key={name} style={{ '--share': ms / sum, '--shade': i / Math.max(1, parts.length - 1) } as CSSProperties} />
        ))}
      </div>
      <ul aria-label={text.phases}>
        {parts.map(([name, ms], i) => (
          <li key={name} style={{ '--shade': i / Math.max(1, parts.length - 1) } as CSSProperties}>
            {text.phase[name] ?? name} <b>{formatDuration(ms)}</b> <span>{formatShare(ms / sum)}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}
