// What the answer took, beside what other methods took for the same question: those run in this session, or with one press.
import { useStore } from 'zustand';
import { extractAnswer } from '../../../src/answer/extract';
import type { RunState } from '../../../src/events/fold';
import { formatDuration } from '../../../src/text/format';
import { runCost } from '../../lib/run-cost';
import { comparable } from '../../lib/same-subject';
import { useSession } from '../../session/context';
import { useBusy, useRun } from '../../session/hooks';
import { costsText as text } from '../../strings/costs';
import { useToggletip } from '../../ui/Toggletip';
import { viewOf } from '../methods/registry';
import { TableHead } from '../../ui/TableHead';
import styles from './Controls.module.css';
import { useRunMethod } from './use-run-view';

/** What makes the others comparable: their attention is measured, and nothing that takes long besides. */
const MEASURED = { attention: true, dependence: false } as const;

export function Costs() {
  const session = useSession();
  const state = useRun((store) => store.state);
  const runs = useStore(session.ran, (ran) => ran.runs);
  const beside = useStore(session.ran, (ran) => ran.beside);
  const method = useRunMethod();
  const busy = useBusy();
  const tip = useToggletip({ label: text.helpLabel });
  if (state.finished === null) return null;
  const others = comparable(state, runs);
  const missing = session.methods.list.filter(
    ({ id, steps }) => steps === undefined && id !== method.id && !others.some(({ started }) => started?.method === id),
  );
  const label = (id: string | undefined): string => session.methods.find(id ?? '')?.label ?? id ?? '';
  return (
    <section className={styles.controls} aria-label={text.title}>
      <h3>
        {text.title} {tip.button}
      </h3>
      <p id={tip.id} className="note" hidden={!tip.open}>
        {text.help}
      </p>
      <div className={styles.frame} tabIndex={0} role="group" aria-label={text.title}>
        <table className={styles.table}>
          <TableHead columns={Object.values(text.columns)} />
          <tbody>
            {[state, ...others].map((run) => (
              <CostRow key={run.started?.runId} run={run} screen={state} label={label(run.started?.method)} />
            ))}
          </tbody>
        </table>
      </div>
      <div role="status" className={styles.find} data-screen-only>
        {beside !== null ? (
          <>
            <span>{text.running(label(beside))}</span>
            <button type="button" className="button" onClick={session.stop}>
              {text.stop}
            </button>
          </>
        ) : (
          missing.length > 0 && (
            <>
              <button
                type="button"
                className="button"
                disabled={busy}
                onClick={() =>
                  void session.runBeside(
                    missing.map(({ id }) => id),
                    MEASURED,
                  )
                }
              >
                {text.compare(missing.map((one) => one.label))}
              </button>
              <span className="note">{text.compareHelp}</span>
            </>
          )
        )}
      </div>
    </section>
  );
}

function CostRow({ run, screen, label }: { readonly run: RunState; readonly screen: RunState; readonly label: string }) {
  const cost = runCost(run, viewOf(run.started?.method ?? ''));
  const device = run.started?.device.description;
  const { finished } = run;
  if (cost === null || finished === null) return null;
  return (
    <tr>
      <th scope="row">
        {label}
        {run === screen ? <span>{text.here}</span> : device !== screen.started?.device.description && <span>{device}</span>}
      </th>
      <td dir="auto">
        {extractAnswer(finished.answer).text || '–'}
        {finished.answerCut && ` (${text.cut})`}
      </td>
      <td>{text.count(cost.sequential)}</td>
      <td>{text.count(cost.passes)}</td>
      <td>{text.count(cost.rows)}</td>
      <td>{formatDuration(cost.ms)}</td>
    </tr>
  );
}
