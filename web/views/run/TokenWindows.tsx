// Goes through a long answer window by window; nothing for an answer that fits into one.
import { runText } from '../../strings/run';
import styles from './TokenHeatmap.module.css';

interface Props {
  /** Where windows begin, and the number of tokens in all. */
  readonly starts: readonly number[];
  readonly total: number;
  /** Number of the window that is shown. */
  readonly shown: number;
  readonly onShow: (window: number) => void;
}

const text = runText.answers;

export function TokenWindows({ starts, total, shown, onShow }: Props) {
  if (starts.length < 2) return null;
  return (
    <p className={styles.windows}>
      <button type="button" className="button button-quiet" disabled={shown === 0} onClick={() => onShow(shown - 1)}>
        {text.earlier}
      </button>
      <span role="status">{text.window(starts[shown], (starts[shown + 1] ?? total) - 1, total)}</span>
      <button type="button" className="button button-quiet" disabled={shown === starts.length - 1} onClick={() => onShow(shown + 1)}>
        {text.later}
      </button>
    </p>
  );
}
