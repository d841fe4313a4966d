// Every item of an evaluation with its answers; runs that are kept open as full runs.
import { useEffect, useState } from 'react';
import type { JudgeName } from '../../src/evaluation/judge';
import { UNTOUCHED } from '../../src/evaluation/arms';
import { formatReward, NO_VALUE } from '../../src/text/format';
import { valueOf } from '../../workers/answer';
import type { EvaluationFacts, ItemRow } from '../../workers/evaluation/wire';
import { isRunningLive } from '../session/busy';
import { useSession } from '../session/context';
import { useRun } from '../session/hooks';
import { openKept } from '../session/transfer';
import { manyText } from '../strings/many';
import { TableHead } from '../ui/TableHead';
import type { EvaluationWork } from './evaluation-state';
import styles from './Many.module.css';
import { Pages } from './Pages';

const text = manyText.evaluation;
const ROWS = 20;

interface Props {
  readonly work: EvaluationWork;
  readonly facts: EvaluationFacts;
  readonly judge: JudgeName;
}

export function ItemTable({ work, facts, judge }: Props) {
  const [page, setPage] = useState(0);
  const [rows, setRows] = useState<readonly ItemRow[]>([]);
  const from = page * ROWS;
  useEffect(() => {
    let gone = false;
    // What cannot be read is said where the report is.
    void work.books.rows(...shownRows(facts, from), judge).then((answer) => gone || !answer.ok || setRows(answer.value));
    return () => void (gone = true);
  }, [work, facts, judge, from]);
  const keys = [...new Set(rows.flatMap(({ answers }) => answers.map(({ key }) => key)))];
  return (
    <>
      <div className={styles['frame']} tabIndex={0} role="group" aria-label={text.items}>
        <table className={styles['table']}>
          <caption>{text.items}</caption>
          <TableHead columns={[...text.itemColumns, ...keys.map(keyWords)]} />
          <tbody>
            {rows.map((row) => (
              <Row key={row.place} row={row} keys={keys} work={work} />
            ))}
          </tbody>
        </table>
      </div>
      <Pages page={page} size={ROWS} total={facts.rows} onChange={setPage} />
    </>
  );
}

/** The rows of a page that begins at `from`: what an evaluation has of them now. */
const shownRows = ({ rows }: EvaluationFacts, from: number): [from: number, to: number] => [from, Math.min(rows, from + ROWS)];

const keyWords = (key: string): string => (key.endsWith(UNTOUCHED) ? `${key.slice(0, -UNTOUCHED.length)}, ${text.untouched}` : key);

function Row({ row, keys, work }: { readonly row: ItemRow; readonly keys: readonly string[]; readonly work: EvaluationWork }) {
  const session = useSession();
  const live = useRun(isRunningLive);
  const { place, idx, problem, prompt, solution, answers, runs } = row;
  const open = (arm: string): void => void openKept(session, async () => valueOf(await work.books.run(place, arm)), prompt);
  return (
    <tr>
      <th scope="row">{idx ?? `#${place + 1}`}</th>
      {problem !== null ? (
        <td colSpan={2 + keys.length} className={`problem ${styles['words']}`}>
          {problem}
        </td>
      ) : (
        <>
          <td className={styles['words']} dir="auto">
            {prompt.split('\n', 1)[0]}
          </td>
          <td dir="auto">{solution}</td>
          {keys.map((key) => {
            const found = answers.find((one) => one.key === key);
            if (found === undefined) return <td key={key}>{NO_VALUE}</td>;
            const words = found.answer.slice(0, 60) || NO_VALUE;
            return (
              <td key={key} title={found.by}>
                <span dir="auto">
                  {runs.includes(key) ? (
                    <button
                      type="button"
                      className={styles['open']}
                      disabled={live}
                      aria-label={`${words}. ${text.open(key, place + 1)}`}
                      onClick={() => open(key)}
                    >
                      {words}
                    </button>
                  ) : (
                    words
                  )}
                </span>{' '}
                <span className="note">
                  {found.correct ? text.right : text.wrong}
                  {found.reward !== null && `, ${formatReward(found.reward)}`}
                </span>
              </td>
            );
          })}
        </>
      )}
    </tr>
  );
}
