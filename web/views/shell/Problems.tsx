// Everything that went wrong and is not part of one view: a failed run, load or import, an address with bad settings, no network.
import { useSyncExternalStore } from 'react';
import { run } from '../../session';
import { pageStore, usePage } from '../../stores/page-store';
import { useRun } from '../../stores/run-store';
import { useSettings } from '../../stores/settings-store';
import { en } from '../../strings/en';
import { ErrorCard } from './ErrorCard';
import styles from './Problems.module.css';

export function Problems() {
  const problem = usePage((page) => page.problem);
  // A recorded failure cannot be tried again: it happened elsewhere.
  const isLive = useRun((store) => store.source === 'live');
  const runError = useRun((store) => (store.status === 'failed' ? store.state.error : null));
  const badSettings = useSettings((store) => store.problems);
  const dismissSettings = useSettings((store) => store.dismissProblems);
  const online = useSyncExternalStore(watchNetwork, isOnline);
  if (problem === null && runError === null && badSettings.length === 0 && online) return null;
  return (
    <div className={styles['list']} data-screen-only>
      {!online && (
        <p className={styles['offline']} role="status">
          {en.errors.offline}
        </p>
      )}
      {problem !== null && (
        <ErrorCard error={problem.error} onRetry={problem.retry} onDismiss={() => pageStore.getState().setProblem(null)} />
      )}
      {runError !== null && <ErrorCard error={runError} onRetry={runError.retry && isLive ? () => void run() : null} />}
      {badSettings.map((error) => (
        <ErrorCard key={error.message} error={error} onDismiss={dismissSettings} />
      ))}
    </div>
  );
}

function isOnline(): boolean {
  return navigator.onLine;
}

function watchNetwork(changed: () => void): () => void {
  addEventListener('online', changed);
  addEventListener('offline', changed);
  return () => {
    removeEventListener('online', changed);
    removeEventListener('offline', changed);
  };
}
