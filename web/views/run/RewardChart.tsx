// The reward of a run, step by step: series that are also their own legend, the plot, and the same numbers as a table.
import { lazy, Suspense, useId, useMemo, useState } from 'react';
import { stepAt } from '../../../src/events/fold';
import { formatNats, formatProbability } from '../../../src/text/format';
import { useRun } from '../../session/hooks';
import { runText } from '../../strings/run';
import { useToggletip } from '../../ui/Toggletip';
import { hasSeries, SERIES, type SeriesName } from './reward-series';
import styles from './RewardChart.module.css';
import { RewardPlot } from './RewardPlot';
import { SeriesButton } from './SeriesButton';
import { helpId, SeriesHelp } from './SeriesHelp';
import { useMethodView, usePlannedSteps, useRunSettings, useTakesSteps } from './use-run-view';

const text = runText.chart;
/** The same numbers once more: the first view draws without them. */
const StepTable = lazy(async () => ({ default: (await import('./StepTable')).StepTable }));
const AttentionPanel = lazy(async () => ({ default: (await import('./AttentionPanel')).AttentionPanel }));

/** Chart, readout at the cursor, and table of the reward. */
export function RewardChart() {
  const steps = useRun((store) => store.state.steps);
  const over = useRun((store) => store.status === 'finished' || store.status === 'cancelled' || store.status === 'failed');
  const takesSteps = useTakesSteps();
  const step = useRun((store) => stepAt(store.state, store.cursor.step));
  const planned = usePlannedSteps();
  const view = useMethodView();
  const settings = useRunSettings();
  const expected = useMemo(() => view.expects(settings), [view, settings]);
  const [hidden, setHidden] = useState<ReadonlySet<SeriesName>>(new Set());
  const [asTable, setAsTable] = useState(false);
  const tableId = useId();
  const tip = useToggletip({ label: text.help });
  const lastId = `${tip.id}-last`;

  const facts = view.facts(step);
  const rewarded = steps.length === 0 ? expected.rewards !== null : steps.some((one) => one.reward !== null || one.bestReward !== null);
  const attends = useRun((store) => store.state.attention.length > 0) || steps.some((one) => view.shares(one) !== null);
  const attention = attends && (
    <Suspense fallback={null}>
      <AttentionPanel />
    </Suspense>
  );
  const available = useMemo(() => SERIES.filter((name) => hasSeries(name, steps, expected)), [steps, expected]);
  const shown = useMemo(() => new Set(available.filter((name) => !hidden.has(name))), [available, hidden]);
  const toggle = (name: SeriesName): void => {
    const next = new Set(hidden);
    if (!next.delete(name)) next.add(name);
    setHidden(next);
  };
  const last = over ? (steps.at(-1)?.step ?? planned) : Math.max(planned, steps.at(-1)?.step ?? 0);

  if (!takesSteps || (over && steps.length === 0)) {
    return (
      <div className={styles.chart}>
        <p className={styles.empty}>{takesSteps ? text.noneTaken : text.noSteps}</p>
        {attention}
      </div>
    );
  }
  return (
    <div className={styles.chart}>
      {rewarded ? (
        <>
          <div className={styles.series} role="group" aria-label={text.toggles}>
            {available.map((name) => (
              <SeriesButton
                key={name}
                name={name}
                step={step}
                shown={shown.has(name)}
                isLast={shown.size === 1 && shown.has(name)}
                describedBy={shown.size === 1 && shown.has(name) ? `${helpId(tip.id, name)} ${lastId}` : helpId(tip.id, name)}
                onToggle={toggle}
              />
            ))}
            {tip.button}
            <span id={lastId} className={styles.note} hidden={shown.size !== 1}>
              {text.lastSeries}
            </span>
          </div>
          <SeriesHelp id={tip.id} names={available} facts={facts} hidden={!tip.open} />
          <div className={styles.frame}>
            <RewardPlot steps={steps} shown={shown} last={last} expected={expected} />
            {steps.length === 0 && <p className={styles.waiting}>{text.empty}</p>}
          </div>
        </>
      ) : (
        !attends && <p className={styles.empty}>{steps.length === 0 ? text.empty : text.noReward}</p>
      )}
      {attention}
      <div className={styles.foot}>
        <dl className={styles.facts}>
          <Fact name={text.facts.entropy.name} value={step ? formatNats(step.entropy) : null} />
          <Fact name={text.facts.topProbability.name} value={step ? formatProbability(step.topProbability) : null} />
          {facts.map(({ name, value }) => (
            <Fact key={name} name={name} value={value} />
          ))}
        </dl>
        <button
          type="button"
          className="button button-quiet"
          aria-expanded={asTable}
          aria-controls={tableId}
          onClick={() => setAsTable(!asTable)}
        >
          {asTable ? text.hideTable : text.showTable}
        </button>
      </div>
      <div id={tableId} className={asTable ? styles.table : 'visually-hidden'}>
        <Suspense fallback={null}>
          <StepTable steps={steps} />
        </Suspense>
      </div>
    </div>
  );
}

function Fact({ name, value }: { readonly name: string; readonly value: string | null }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value ?? '–'}</dd>
    </div>
  );
}
