// The run in numbers: what it reached, what it cost, on what it ran.
import { useMemo } from 'react';
import { formatBytes, formatCount, formatDuration } from '../../../src/text/format';
import { useRun } from '../../session/hooks';
import { runText } from '../../strings/run';
import { PhaseTimes } from './PhaseTimes';
import styles from './RunSummary.module.css';
import { useRunMethod, useRunSettings } from './use-run-view';

const text = runText.summary;

interface Item {
  readonly name: string;
  readonly value: string;
  readonly more?: string;
}

function median(values: readonly number[]): number | null {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted.length === 0 ? null : sorted[Math.floor(sorted.length / 2)];
}

function rewardItem(first: number | null, best: number | null): Item[] {
  if (first === null || best === null) return [];
  return [{ name: text.reward, value: text.fromTo(first, best), more: text.change(best - first) }];
}

/** What the steps reached; empty for a run without steps. */
function useResult(): Item[] {
  const steps = useRun((store) => store.state.steps);
  const bestStep = useRun((store) => store.state.bestStep);
  const bestReward = useRun((store) => store.state.bestReward);
  return useMemo(() => {
    if (steps.length === 0) return [];
    const [first] = steps;
    const best = steps.find((step) => step.step === bestStep);
    const perStep = median(steps.filter((step) => step.step > 0).map((step) => step.ms));
    return [
      ...rewardItem(first.reward, bestReward),
      bestStep === null
        ? { name: text.steps, value: String(steps.at(-1)?.step ?? 0) }
        : { name: text.bestStep, value: `${bestStep} / ${steps.at(-1)?.step ?? 0}` },
      { name: text.patches, value: formatCount((best ?? steps.at(-1))?.patchCount) },
      ...(perStep === null ? [] : [{ name: text.perStep, value: text.perStepText(perStep) }]),
    ];
  }, [steps, bestStep, bestReward]);
}

export function RunSummary() {
  const finished = useRun((store) => store.state.finished);
  const cancelled = useRun((store) => store.state.cancelled !== null);
  const failed = useRun((store) => store.state.error !== null);
  const started = useRun((store) => store.state.started);
  const method = useRunMethod();
  const result = useResult();
  const all = useRunSettings();
  if (!started) return null;
  const { device, model, seed, settings } = started;
  const changed = Object.entries(settings).filter(([name]) => name !== 'seed');
  const cost: Item[] = finished
    ? [
        { name: text.total, value: formatDuration(finished.totals.ms) },
        { name: text.passes, value: text.passesText(finished.totals.passes, finished.totals.rows) },
        { name: text.visionPasses, value: text.times(finished.totals.visionPasses) },
        { name: text.readBack, value: formatBytes(finished.totals.bytesReadBack) },
      ]
    : [];
  const end = finished
    ? (text.reasons[finished.reason] ?? text.otherReason(finished.reason))
    : cancelled
      ? text.cancelled
      : failed
        ? text.failed
        : text.empty;
  return (
    <section className={styles.summary} aria-label={text.label}>
      <Items items={result} strong />
      <Items items={cost} />
      {finished && <PhaseTimes totals={finished.totals} />}
      <Items
        items={[
          { name: text.method, value: method.label },
          { name: text.model, value: `${model.name}, ${model.dtype}` },
          { name: text.device, value: device.description, ...(device.software ? { more: text.software } : {}) },
          { name: text.seed, value: String(seed) },
          { name: text.settings, value: changed.map(([name, value]) => `${name} ${String(value)}`).join(', ') || text.noSettings },
        ]}
      />
      {method.remarks?.(all, model).map((remark) => (
        <p key={remark} className={styles.end}>
          {remark}
        </p>
      ))}
      <p className={styles.end}>{end}</p>
    </section>
  );
}

function Items({ items, strong = false }: { readonly items: readonly Item[]; readonly strong?: boolean }) {
  if (items.length === 0) return null;
  return (
    <dl className={styles.items} data-strong={strong}>
      {items.map(({ name, value, more }) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>
            {value}
            {more !== undefined && <span>{more}</span>}
          </dd>
        </div>
      ))}
    </dl>
  );
}
