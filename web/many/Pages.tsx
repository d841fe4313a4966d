// Steps through a long table, a page of rows at a time.
import { manyText } from '../strings/many';
import styles from './Many.module.css';

interface Props {
  /** From 0 on. */
  readonly page: number;
  /** Rows of a page. */
  readonly size: number;
  readonly total: number;
  readonly onChange: (page: number) => void;
}

const text = manyText.evaluation;

export function Pages({ page, size, total, onChange }: Props) {
  if (total <= size) return null;
  const last = Math.ceil(total / size) - 1;
  return (
    <div className={styles['row']} data-screen-only>
      <button type="button" className="button button-quiet" disabled={page === 0} onClick={() => onChange(page - 1)}>
        {text.before}
      </button>
      <span className="note">{text.page(page * size + 1, Math.min(total, (page + 1) * size), total)}</span>
      <button type="button" className="button button-quiet" disabled={page >= last} onClick={() => onChange(page + 1)}>
        {text.after}
      </button>
    </div>
  );
}
