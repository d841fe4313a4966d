// How far many runs in turn have come, and the one button that stops them or goes on.
import { Play, Square } from 'lucide-react';
import { useSession } from '../session/context';
import { manyText } from '../strings/many';
import styles from './Many.module.css';

interface Props {
  /** What is counted, for a screen reader. */
  readonly label: string;
  readonly done: number;
  readonly total: number;
  /** The same in words, and what else there is to say. */
  readonly words: readonly string[];
  readonly status: 'idle' | 'running' | 'stopping';
  readonly stopWords: string;
  /** Null: nothing is left to go on with. */
  readonly goOn: { readonly words: string; readonly disabled: boolean; readonly start: () => void } | null;
}

export function WorkRow({ label, done, total, words, status, stopWords, goOn }: Props) {
  const session = useSession();
  return (
    <div className={styles['row']}>
      <progress className={styles['progress']} max={total} value={done} aria-label={label} />
      <span role="status">{words.join(', ')}</span>
      {status !== 'idle' ? (
        <button type="button" className="button" aria-disabled={status === 'stopping'} onClick={session.stop}>
          <Square size={14} aria-hidden="true" fill="currentColor" />
          {status === 'stopping' ? manyText.stopping : stopWords}
        </button>
      ) : (
        goOn !== null && (
          <button type="button" className="button" disabled={goOn.disabled} onClick={goOn.start}>
            <Play size={14} aria-hidden="true" fill="currentColor" />
            {goOn.words}
          </button>
        )
      )}
    </div>
  );
}
