// The chart's numbers as a table: always there for a screen reader, shown to everyone on demand.
import { memo, useDeferredValue, useState } from 'react';
import type { StepEvent } from '../../../src/events/events';
import { formatNumber, formatProbability, formatReward } from '../../../src/text/format';
import type { StepColumn } from '../../lib/method-view';
import { useRun } from '../../session/hooks';
import { runText } from '../../strings/run';
import { TableHead } from '../../ui/TableHead';
import styles from './StepTable.module.css';
import { useMethodView, useRunSettings } from './use-run-view';

const text = runText.chart.table;
/** Rows written out at first, and more with each press: the browser lays out a whole table whenever a row comes. */
const ROWS = 200;
type Column = keyof typeof text.columns;
const COLUMNS = Object.keys(text.columns) as Column[];
/** Of methods with a reward alone. */
const OF_REWARDS: readonly Column[] = ['reward', 'best'];

export function StepTable({ steps: newest }: { readonly steps: readonly StepEvent[] }) {
  const steps = useDeferredValue(newest);
  const columns = useMethodView().columns(useRunSettings());
  const rewarded = steps.some((step) => step.reward !== null || step.bestReward !== null);
  const shown = rewarded ? COLUMNS : COLUMNS.filter((name) => !OF_REWARDS.includes(name));
  const [rows, setRows] = useState(ROWS);
  return (
    // A long table scrolls in its own frame, so it must be reachable by keyboard.
    <div className={styles.frame} role="region" aria-label={text.caption} tabIndex={0}>
      <table className={styles.table}>
        <caption className="visually-hidden">{text.caption}</caption>
        <TableHead columns={[...shown.map((name) => text.columns[name]), ...columns.map(({ name }) => name)]} />
        <tbody>
          {steps.slice(0, rows).map((step) => (
            <StepRow key={step.step} step={step} columns={columns} rewarded={rewarded} />
          ))}
        </tbody>
      </table>
      {steps.length > rows && (
        <button type="button" className="button button-quiet" onClick={() => setRows(rows + ROWS)}>
          {text.more(rows, steps.length)}
        </button>
      )}
    </div>
  );
}

interface RowProps {
  readonly step: StepEvent;
  readonly columns: readonly StepColumn[];
  readonly rewarded: boolean;
}

const StepRow = memo(function StepRow({ step, columns, rewarded }: RowProps) {
  const isHere = useRun((store) => store.cursor.step === step.step);
  return (
    <tr data-here={isHere} aria-current={isHere ? 'step' : undefined}>
      <th scope="row">{step.step}</th>
      {rewarded && (
        <>
          <td>{formatReward(step.reward)}</td>
          <td>
            {formatReward(step.bestReward)}
            {step.isBest && <span className={styles.best}>{text.best}</span>}
          </td>
        </>
      )}
      <td>{step.patchCount}</td>
      <td>{formatNumber(step.entropy)}</td>
      <td>{formatProbability(step.topProbability)}</td>
      {columns.map(({ name, cell }) => (
        <td key={name}>{cell(step)}</td>
      ))}
    </tr>
  );
});
