// Everything that went wrong and is not part of one view: a failed run, load or import, an address with bad settings, no network.
import { lazy, type ReactNode, Suspense, useSyncExternalStore } from 'react';
import type { EngineError, ErrorCode } from '../../../src/errors';
import { usePage, useRun, useSettings } from '../../session/hooks';
import { useSession } from '../../session/context';
import { en } from '../../strings/en';
import { ErrorCard } from './ErrorCard';
import styles from './Problems.module.css';

/** Where these cannot be fetched, the card's own words have to do. */
const ModelOffers = lazy(() =>
  import('../../chooser/ModelOffers').then(
    ({ ModelOffers: offers }) => ({ default: offers }),
    () => ({ default: (): ReactNode => null }),
  ),
);
/** What another dtype, another device, another model or deleting one may help with. */
const CURABLE: readonly ErrorCode[] = ['WRONG_NUMBERS', 'NO_F16', 'OUT_OF_MEMORY', 'STORAGE_FULL'];

export function Problems() {
  const session = useSession();
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
        <ErrorCard error={problem.error} onRetry={problem.retry} onDismiss={() => session.page.getState().setProblem(null)}>
          {offersFor(problem.error, false)}
        </ErrorCard>
      )}
      {runError !== null && (
        <ErrorCard error={runError} onRetry={runError.retry && isLive ? () => void session.start() : null}>
          {isLive && offersFor(runError, true)}
        </ErrorCard>
      )}
      {badSettings.map((error) => (
        <ErrorCard key={error.message} error={error} onDismiss={dismissSettings} />
      ))}
    </div>
  );
}

function offersFor(error: EngineError, ofRun: boolean): ReactNode {
  return (
    CURABLE.includes(error.code) && (
      <Suspense fallback={null}>
        <ModelOffers error={error} ofRun={ofRun} />
      </Suspense>
    )
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
