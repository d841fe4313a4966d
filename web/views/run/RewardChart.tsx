// The reward of a run, step by step: series that are also their own legend, the plot, and the same numbers as a table.
import { lazy, Suspense, useId, useMemo, useState } from 'react';
import { stepAt } from '../../../src/events/fold';
import { formatNats, formatProbability } from '../../../src/text/format';
import { useRun } from '../../session/hooks';
import { runText } from '../../strings/run';
import { hasSeries, SERIES, type SeriesName } from './reward-series';
import styles from './RewardChart.module.css';
import { SeriesButton } from './SeriesButton';
import { StepTable } from './StepTable';
import { useMethodView, usePlannedSteps, useRunSettings, useTakesSteps } from './use-run-view';

const RewardPlot = lazy(() => import('./RewardPlot').then((module) => ({ default: module.RewardPlot })));

const text = runText.chart;

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

  const rewarded = steps.length === 0 || steps.some((one) => one.reward !== null || one.bestReward !== null);
  const available = useMemo(() => SERIES.filter((name) => hasSeries(name, steps, expected)), [steps, expected]);
  const shown = useMemo(() => new Set(available.filter((name) => !hidden.has(name))), [available, hidden]);
  const toggle = (name: SeriesName): void => {
    const next = new Set(hidden);
    if (!next.delete(name)) next.add(name);
    setHidden(next);
  };
  const last = over ? (steps.at(-1)?.step ?? planned) : Math.max(planned, steps.at(-1)?.step ?? 0);

  if (!takesSteps || (over && steps.length === 0)) {
    return <p className={styles.empty}>{takesSteps ? text.noneTaken : text.noSteps}</p>;
  }
  return (
    <div className={styles.chart}>
      <div className={styles.series} role="group" aria-label={text.toggles}>
        {rewarded &&
          available.map((name) => (
            <SeriesButton
              key={name}
              name={name}
              step={step}
              shown={shown.has(name)}
              isLast={shown.size === 1 && shown.has(name)}
              onToggle={toggle}
            />
          ))}
      </div>
      {rewarded ? (
        <div className={styles.frame}>
          <Suspense fallback={<p className={styles.empty}>{text.loading}</p>}>
            <RewardPlot steps={steps} shown={shown} last={last} maxPatches={expected.patches} />
          </Suspense>
          {steps.length === 0 && <p className={styles.waiting}>{text.empty}</p>}
        </div>
      ) : (
        <p className={styles.empty}>{text.noReward}</p>
      )}
      <div className={styles.foot}>
        <dl className={styles.facts}>
          <Fact name={text.entropy} help={text.entropyHelp} value={step ? formatNats(step.entropy) : null} />
          <Fact name={text.topProbability} help={text.topProbabilityHelp} value={step ? formatProbability(step.topProbability) : null} />
          {view.facts(step).map((fact) => (
            <Fact key={fact.name} {...fact} />
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
        <StepTable steps={steps} />
      </div>
    </div>
  );
}

function Fact({ name, help, value }: { readonly name: string; readonly help: string; readonly value: string | null }) {
  return (
    <div title={help}>
      <dt>{name}</dt>
      <dd>{value ?? '–'}</dd>
    </div>
  );
}
