// The results of a sweep as they come: how far it is, a curve or a grid, the table, and ways to stop, go on and export.
import { Download } from 'lucide-react';
import { useMemo, useState } from 'react';
import { useStore } from 'zustand';
import { recordName } from './file-name';
import { useSession } from '../session/context';
import { useBusy } from '../session/hooks';
import { save } from '../lib/save-file';
import { manyText } from '../strings/many';
import { Segmented } from '../ui/Segmented';
import { viewOf } from '../views/methods/registry';
import styles from './Many.module.css';
import { ProblemText } from './Problem';
import { type SweepPlan, summed } from './sweep';
import { SweepChart } from './SweepChart';
import { sweepCsv } from './sweep-export';
import { SweepGrid } from './SweepGrid';
import { type Combination, combinations } from './sweep-plan';
import { MOST_KEPT_RUNS, type Sweep } from './sweep-state';
import { SweepTable } from './SweepTable';
import { MEASURES, type Measure } from './sweep-words';
import { WorkRow } from './WorkRow';

const text = manyText.sweep;

export function SweepResults({ sweep, plan }: { readonly sweep: Sweep; readonly plan: SweepPlan }) {
  const { methods } = useSession();
  const cells = useStore(sweep.state, (state) => state.cells);
  const problem = useStore(sweep.state, (state) => state.problem);
  const method = methods.get(plan.method);
  const all = useMemo(() => combinations(method, plan.base, plan.axes), [method, plan]);
  const sums = useMemo(() => summed(cells, all.length), [cells, all]);
  const rewards = useMemo(() => rewardRange(plan.method, all), [plan, all]);
  const measures = MEASURES.filter((measure) => sums.some((sum) => sum[measure] !== null));
  const [wanted, setWanted] = useState<Measure>('reward');
  const measure = measures.includes(wanted) ? wanted : (measures[0] ?? wanted);
  const title = text.of(plan.axes.map(({ name }) => method.space.fields[name].label).join(' × '));
  const total = all.length * plan.questions.length;
  return (
    <section className={styles['results']} aria-label={text.results}>
      <h3>{title}</h3>
      <Progress sweep={sweep} total={total} />
      <ProblemText error={problem} />
      {measures.length > 1 && (
        <Segmented
          legend={text.measure}
          legendHidden
          value={measure}
          options={measures.map((value) => ({ value, label: text.measures[value] }))}
          onChange={setWanted}
        />
      )}
      {cells.length === 0 ? (
        <p className="note">{text.empty}</p>
      ) : plan.axes.length === 1 ? (
        <SweepChart axis={plan.axes[0]} field={method.space.fields[plan.axes[0].name]} sums={sums} measure={measure} rewards={rewards} />
      ) : (
        <SweepGrid axes={plan.axes} fields={method.space.fields} sums={sums} measure={measure} />
      )}
      {plan.questions.length > 1 && <p className="note">{text.mean(plan.questions.length)}</p>}
      {cells.length > 0 && <SweepTable sweep={sweep} plan={plan} method={method} combinations={all} />}
      {total > MOST_KEPT_RUNS && <p className="note">{manyText.kept(MOST_KEPT_RUNS)}</p>}
      {sweep.inMemory && <p className="problem">{manyText.inMemory}</p>}
      <Exports sweep={sweep} plan={plan} />
    </section>
  );
}

/** What a reward can be in any of the combinations. */
function rewardRange(method: string, all: readonly Combination[]): [least: number, most: number] {
  const ranges = all.flatMap(({ settings }) => {
    const { rewards } = viewOf(method).expects(settings);
    return rewards === null ? [] : [rewards];
  });
  if (ranges.length === 0) return [-Infinity, Infinity];
  return [Math.min(...ranges.map(([least]) => least)), Math.max(...ranges.map(([, most]) => most))];
}

function Progress({ sweep, total }: { readonly sweep: Sweep; readonly total: number }) {
  const busy = useBusy();
  const { cells, status } = useStore(sweep.state);
  const failed = cells.filter(({ failure }) => failure !== null).length;
  const times = cells.flatMap(({ result }) => (result === null ? [] : [result.ms]));
  const left = total - cells.length;
  const mean = times.reduce((sum, ms) => sum + ms, 0) / times.length;
  const words = [
    text.done(cells.length, total),
    ...(failed === 0 ? [] : [text.failed(failed)]),
    ...(status !== 'idle' && left > 0 && times.length > 0 ? [manyText.left(mean * left)] : []),
  ];
  return (
    <WorkRow
      label={text.results}
      done={cells.length}
      total={total}
      words={words}
      status={status}
      stopWords={manyText.stopSweep}
      goOn={left + failed > 0 ? { words: text.goOn(left + failed), disabled: busy, start: () => void sweep.goOn() } : null}
    />
  );
}

function Exports({ sweep, plan }: { readonly sweep: Sweep; readonly plan: SweepPlan }) {
  const { methods } = useSession();
  const cells = useStore(sweep.state, (state) => state.cells);
  const kept = useStore(sweep.state, (state) => state.kept.size);
  const running = useStore(sweep.state, (state) => state.status !== 'idle');
  const name = recordName('sweep');
  return (
    <div className={styles['row']} data-screen-only>
      <button
        type="button"
        className="button"
        disabled={cells.length === 0}
        onClick={() => save(`${name}.csv`, 'text/csv', [sweepCsv(plan, methods.get(plan.method), cells)])}
      >
        <Download size={16} aria-hidden="true" />
        {text.csv}
      </button>
      <button
        type="button"
        className="button"
        disabled={kept === 0}
        onClick={() => void sweep.runs().then((runs) => save(`${name}.jsonl`, 'application/jsonl', runs))}
      >
        <Download size={16} aria-hidden="true" />
        {text.jsonl}
      </button>
      <button type="button" className="button button-quiet" disabled={running} onClick={() => void sweep.forget()}>
        {text.clear}
      </button>
    </div>
  );
}
