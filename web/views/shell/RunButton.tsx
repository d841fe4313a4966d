// One button: Run, or Stop while something the visitor started is going on.
import { Play, Square } from 'lucide-react';
import { useBusy, usePage, useRun } from '../../session/hooks';
import { useSession } from '../../session/context';
import { en } from '../../strings/en';
import styles from './RunButton.module.css';

export function RunButton() {
  const { stop } = useSession();
  const busy = useBusy();
  const batch = usePage((page) => page.batch);
  const stopping = useRun((run) => run.status === 'stopping');
  if (!busy) {
    return (
      <button type="submit" className={`button button-primary ${styles['run']}`} title={`${en.run.run} (${en.run.shortcut})`}>
        <Play size={16} aria-hidden="true" fill="currentColor" />
        {en.run.run}
      </button>
    );
  }
  return (
    <button type="button" className={`button ${styles['run']} ${styles['stop']}`} aria-disabled={stopping} onClick={stop}>
      <Square size={14} aria-hidden="true" fill="currentColor" />
      {batch?.label ?? (stopping ? en.run.stopping : en.run.stop)}
    </button>
  );
}
