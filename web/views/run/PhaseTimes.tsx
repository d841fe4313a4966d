// Where the time of a run went: one bar, and the same as a list with durations.
import type { CSSProperties } from 'react';
import type { RunEventOf } from '../../../src/events/events';
import { formatDuration, formatShare } from '../../../src/text/format';
import { timeParts } from '../../lib/time-parts';
import { runText } from '../../strings/run';
import styles from './RunSummary.module.css';

const text = runText.summary;

export function PhaseTimes({ totals }: { readonly totals: RunEventOf<'finished'>['totals'] }) {
  const parts = timeParts(totals);
  const sum = parts.reduce((all, [, ms]) => all + ms, 0);
  if (sum === 0) return null;
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
