// What a sweep is told: settings and their values, what is asked, and how many runs that makes before it starts.
import { Play } from 'lucide-react';
import { type FormEvent, useEffect, useState } from 'react';
import { useStore } from 'zustand';
import { type EngineError, toEngineError } from '../../src/errors';
import { useSession } from '../session/context';
import { useBusy, useChosenMethod, useInput, useRun, useSettings } from '../session/hooks';
import { manyText } from '../strings/many';
import { Segmented } from '../ui/Segmented';
import { figuresOf } from '../views/methods/figures';
import styles from './Many.module.css';
import { ProblemText } from './Problem';
import { firstOfEach, goldQuestions } from './samples';
import { AxisFields, type AxisDraft } from './AxisFields';
import { combinations, readValues } from './sweep-plan';
import { ASKED, type Asked, knownSolution, questionsOf } from './sweep-questions';
import type { Sweep } from './sweep-state';
import { tried } from './tried';
import { TextField } from './TextField';

const text = manyText.sweep;
const NO_AXIS: AxisDraft = { name: '', values: '' };

export function SweepForm({ sweep }: { readonly sweep: Sweep }) {
  const session = useSession();
  const method = useChosenMethod();
  const settings = useSettings((store) => store.settings);
  const busy = useBusy();
  const figures = figuresOf(method.id);
  const [axes, setAxes] = useState<readonly AxisDraft[]>(() => [figures[0]?.settings[0] ?? NO_AXIS, NO_AXIS]);
  const [asked, setAsked] = useState<Asked>('current');
  const [solution, setSolution] = useSolution();
  const [problem, setProblem] = useState<EngineError | null>(null);
  const [starting, setStarting] = useState(false);
  const counts = useCounts();
  const planned = axes.filter(({ name }) => name !== '');
  const plan = tried(() => {
    const read = planned.map(({ name, values }) => ({ name, values: readValues(method, name, values) }));
    return { axes: read, count: combinations(method, settings, read).length };
  });
  const start = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (plan.value === null || busy || starting) return;
    setProblem(null);
    setStarting(true);
    try {
      const questions = await questionsOf(session, asked, solution);
      if (questions !== null) void sweep.begin({ method: method.id, base: settings, axes: plan.value.axes, questions });
    } catch (thrown) {
      setProblem(toEngineError(thrown));
    } finally {
      setStarting(false);
    }
  };
  const hasResults = useStore(sweep.state, ({ cells }) => cells.length > 0);
  return (
    <form className={styles['form']} aria-label={manyText.kinds.sweep} onSubmit={(event) => void start(event)}>
      {figures.length > 0 && (
        <div className={styles['row']} role="group" aria-label={text.figures}>
          {figures.map(({ label, help, settings: swept }) => (
            <button
              key={label}
              type="button"
              className="button button-quiet"
              title={`${help} ${text.figuresHelp}`}
              onClick={() => setAxes([...swept, NO_AXIS, NO_AXIS].slice(0, 2))}
            >
              {label}
            </button>
          ))}
        </div>
      )}
      <div className={styles['axes']}>
        {axes.map((axis, index) => (
          <AxisFields
            key={text.setting(index)}
            index={index}
            method={method}
            axis={axis}
            onChange={(next) => setAxes(axes.map((one, at) => (at === index ? next : one)))}
          />
        ))}
      </div>
      <p className="note">{text.valuesHelp}</p>
      <Segmented
        legend={text.asked}
        value={asked}
        options={ASKED.map((value) => ({ value, label: text.questions[value] }))}
        onChange={setAsked}
      />
      {asked === 'current' && <TextField label={text.solution} dir="auto" value={solution} onChange={setSolution} />}
      <ProblemText error={plan.error ?? problem} />
      <div className={styles['row']}>
        <button type="submit" className="button button-primary" disabled={busy || starting || plan.value === null || planned.length === 0}>
          <Play size={16} aria-hidden="true" fill="currentColor" />
          {text.start}
        </button>
        {plan.value !== null && planned.length > 0 && (
          <Size sweep={sweep} combinations={plan.value.count} questions={asked === 'current' ? 1 : (counts?.[asked] ?? 0)} />
        )}
        {hasResults && !busy && <span className="note">{text.replaces}</span>}
      </div>
      {busy && <BusyNote sweep={sweep} />}
    </form>
  );
}

/** How many runs, and about how long they take, going by the last one made here. */
function Size({
  sweep,
  combinations: count,
  questions,
}: {
  readonly sweep: Sweep;
  readonly combinations: number;
  readonly questions: number;
}) {
  const method = useSettings((store) => store.method);
  const live = useRun(({ source, state }) =>
    source === 'live' && state.started?.method === method ? state.finished?.totals.ms : undefined,
  );
  const plan = useStore(sweep.state, (state) => state.plan);
  const last = useStore(sweep.state, ({ cells }) => cells.findLast(({ result }) => result !== null)?.result?.ms);
  const ms = live ?? (plan?.method === method ? last : undefined);
  return (
    <span className="note">
      {text.size(count, questions)}; {ms === undefined ? text.unknown : text.estimate(ms * count * questions)}.
    </span>
  );
}

function BusyNote({ sweep }: { readonly sweep: Sweep }) {
  const own = useStore(sweep.state, ({ status }) => status !== 'idle');
  return own ? null : <p className="note">{manyText.busy}</p>;
}

/** The right answer to the page's question: filled in for samples, and the visitor's own from the first key on. */
function useSolution(): [string, (next: string) => void] {
  const question = useInput((store) => store.question);
  const sample = useInput((store) => store.picture?.sample ?? null);
  const [solution, setSolution] = useState('');
  useEffect(() => {
    let gone = false;
    const take = (found: string | null): void => {
      if (!gone) setSolution(found ?? '');
    };
    knownSolution(sample, question).then(take, () => take(null));
    return () => void (gone = true);
  }, [question, sample]);
  return [solution, setSolution];
}

/** How many questions the samples have; null until they are here. */
function useCounts(): Readonly<Record<Exclude<Asked, 'current'>, number>> | null {
  const [counts, setCounts] = useState<Readonly<Record<Exclude<Asked, 'current'>, number>> | null>(null);
  useEffect(() => {
    let gone = false;
    goldQuestions().then(
      (found) => gone || setCounts({ first: firstOfEach(found).length, all: found.length }),
      // Said when the sweep is started.
      () => undefined,
    );
    return () => void (gone = true);
  }, []);
  return counts;
}
