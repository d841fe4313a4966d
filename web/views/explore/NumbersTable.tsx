// The numbers of a drawing as a table: always there for a screen reader, shown to everyone on demand.
import { useId, useState, type ReactNode } from 'react';
import { exploreText } from '../../strings/explore';
import { TableHead } from '../../ui/TableHead';
import styles from './Explorer.module.css';

const text = exploreText.table;
/** Rows written out at most; the export has the others. */
const MOST_ROWS = 500;

/** Names may come twice (a token, a word): the place in the list is what tells rows apart. */
const placeOf = (row: number): string => `row ${row}`;

interface Props {
  readonly caption: string;
  readonly columns: readonly string[];
  /** The first cell of each names its row. */
  readonly rows: readonly (readonly string[])[];
  /** More buttons. */
  readonly children?: ReactNode;
}

export function NumbersTable({ caption, columns, rows, children }: Props) {
  const [shown, setShown] = useState(false);
  const id = useId();
  return (
    <>
      <div className={styles.buttons} data-screen-only>
        <button type="button" className="button button-quiet" aria-expanded={shown} aria-controls={id} onClick={() => setShown(!shown)}>
          {shown ? text.hide : text.show}
        </button>
        {children}
      </div>
      <div id={id} className={shown ? styles.table : 'visually-hidden'} role="region" aria-label={caption} tabIndex={shown ? 0 : -1}>
        <table className={styles.numbers}>
          <caption className="visually-hidden">{caption}</caption>
          <TableHead columns={columns} />
          <tbody>
            {rows.slice(0, MOST_ROWS).map(([name, ...cells], row) => (
              <tr key={placeOf(row)}>
                <th scope="row">{name}</th>
                {cells.map((cell, column) => (
                  <td key={columns[column + 1]}>{cell}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}
