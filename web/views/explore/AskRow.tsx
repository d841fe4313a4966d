// Asks for a finding: choices, a button that starts it and becomes Stop, how far it has come, and how it ended.
import type { ReactNode } from 'react';
import { useSession } from '../../session/context';
import { recreatedDifference, type Finding } from '../../session/explorations';
import { useRun } from '../../session/hooks';
import { exploreText } from '../../strings/explore';
import styles from './Explorer.module.css';

const text = exploreText.ask;

interface Props {
  readonly start: string;
  readonly onStart: () => void;
  readonly onStop: () => void;
  readonly finding: Finding | null;
  readonly blocked: boolean;
  /** The choices. */
  readonly children?: ReactNode;
}

export function AskRow({ start, onStart, onStop, finding, blocked, children }: Props) {
  const running = finding?.status === 'running';
  return (
    <div className={styles.ask}>
      <div className={styles.choices}>
        {children}
        <button type="button" className="button" disabled={blocked} onClick={running ? onStop : onStart} data-screen-only>
          {running ? text.stop : start}
        </button>
      </div>
      {finding === null && <p className="note">{blocked ? text.busy : text.loads}</p>}
      {finding !== null && <State finding={finding} />}
    </div>
  );
}

function State({ finding }: { readonly finding: Finding }) {
  const { run } = useSession();
  const steps = useRun((store) => store.state.steps);
  const progress = finding.events.findLast((event) => event.type === 'progress');
  if (finding.status === 'failed' && finding.error !== null) {
    return (
      <p className="problem" role="alert">
        {finding.error.message} {finding.error.action}
      </p>
    );
  }
  if (finding.status === 'running') {
    const words = progress === undefined ? text.starting : text[progress.stage](progress.done, progress.total);
    return (
      <p className={styles.progress}>
        <progress
          aria-label={text.progress}
          aria-valuetext={words}
          {...(progress === undefined ? {} : { value: progress.done, max: Math.max(1, progress.total) })}
        />
        <span>{words}</span>
      </p>
    );
  }
  const difference = recreatedDifference(finding.events, { ...run.getState().state, steps });
  return (
    <p className="note" role="status">
      {finding.status === 'stopped' ? text.stopped : text.done} {difference !== null && text.recreated(difference)}
    </p>
  );
}
