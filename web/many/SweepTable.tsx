// Every run of a sweep in a table; those that are kept open as full runs.
import type { Method } from '../../src/methods/method';
import { formatDuration, formatProbability, formatReward, NO_VALUE } from '../../src/text/format';
import { useState } from 'react';
import { useStore } from 'zustand';
import { useSession } from '../session/context';
import { openKept } from '../session/transfer';
import { useRun } from '../session/hooks';
import { isRunningLive } from '../session/busy';
import { manyText } from '../strings/many';
import { TableHead } from '../ui/TableHead';
import { Pages } from './Pages';
import styles from './Many.module.css';
import { type Cell, cellKey, type SweepPlan } from './sweep';
import type { Combination } from './sweep-plan';
import type { Sweep } from './sweep-state';
import { combinationWords } from './sweep-words';

interface Props {
  readonly sweep: Sweep;
  readonly plan: SweepPlan;
  readonly method: Method;
  readonly combinations: readonly Combination[];
}

const text = manyText.sweep;
const ROWS = 64;

export function SweepTable({ sweep, plan, method, combinations }: Props) {
  const cells = useStore(sweep.state, (state) => state.cells);
  const [page, setPage] = useState(0);
  const order = [...cells].sort((a, b) => a.question - b.question || a.combination - b.combination);
  const shown = order.slice(page * ROWS, (page + 1) * ROWS);
  const { question: asked, ...columns } = text.columns;
  const many = plan.questions.length > 1;
  const axes = plan.axes.map(({ name }) => method.space.fields[name].label).join(', ');
  return (
    <>
      <div className={styles['frame']} tabIndex={0} role="group" aria-label={text.results}>
        <table className={styles['table']}>
          <TableHead columns={[axes, ...(many ? [asked] : []), ...Object.values(columns)]} />
          <tbody>
            {shown.map((cell) => (
              <Row
                key={cellKey(cell)}
                cell={cell}
                sweep={sweep}
                question={plan.questions[cell.question].question}
                many={many}
                words={combinationWords(plan.axes, method.space.fields, combinations[cell.combination])}
              />
            ))}
          </tbody>
        </table>
      </div>
      <Pages page={page} size={ROWS} total={cells.length} onChange={setPage} />
    </>
  );
}

interface RowProps {
  readonly cell: Cell;
  readonly sweep: Sweep;
  readonly question: string;
  readonly many: boolean;
  readonly words: string;
}

function Row({ cell, sweep, question, many, words }: RowProps) {
  const session = useSession();
  const key = cellKey(cell);
  const kept = useStore(sweep.state, (state) => state.kept.has(key));
  const live = useRun(isRunningLive);
  const { result, failure } = cell;
  return (
    <tr>
      <th scope="row">
        {kept ? (
          <button
            type="button"
            className={styles['open']}
            disabled={live}
            aria-label={text.open(many ? `${words}: ${question}` : words)}
            onClick={() => void openKept(session, () => sweep.run(key), question)}
          >
            {words}
          </button>
        ) : (
          <span title={failure === null ? text.notKept : undefined}>{words}</span>
        )}
      </th>
      {many && (
        <td className={styles['words']} dir="auto">
          {question.split('\n', 1)[0]}
        </td>
      )}
      {result === null ? (
        <td colSpan={6} className="problem">
          {failure}
        </td>
      ) : (
        <>
          <td className={styles['words']} dir="auto">
            {result.answer || NO_VALUE}
          </td>
          <td>{result.right === null ? NO_VALUE : result.right ? text.yes : text.no}</td>
          <td>{formatReward(result.reward)}</td>
          <td>{formatProbability(result.probability)}</td>
          <td>{result.patches ?? NO_VALUE}</td>
          <td>{formatDuration(result.ms)}</td>
        </>
      )}
    </tr>
  );
}
