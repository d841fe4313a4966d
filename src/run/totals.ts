// What a run cost: time and work by phase, and the model's work since the run began.
import type { LatentModel, ModelCounts } from '../model/latent-model';
import type { RunEventOf, RunPhase } from '../events/events';

type Totals = RunEventOf<'finished'>['totals'];

/** Starts counting. `enter` begins a phase and ends the one before; time before the first phase counts only in `ms`. */
export function startTotals(model: LatentModel, now: () => number): { enter(phase: RunPhase): void; finish(): Totals } {
  const begun = now();
  const before = model.counts();
  const phases: Record<string, number> = {};
  const work: Record<string, { passes: number; rows: number }> = {};
  let current: { readonly phase: RunPhase; readonly since: number; readonly from: ModelCounts } | null = null;

  const leave = () => {
    if (current === null) return;
    const { phase, since, from } = current;
    const done = model.counts();
    phases[phase] = (phases[phase] ?? 0) + now() - since;
    const already = work[phase] ?? { passes: 0, rows: 0 };
    work[phase] = { passes: already.passes + done.passes - from.passes, rows: already.rows + done.rows - from.rows };
  };
  return {
    enter(phase) {
      leave();
      current = { phase, since: now(), from: model.counts() };
    },
    finish() {
      leave();
      const after = model.counts();
      return {
        ms: now() - begun,
        passes: after.passes - before.passes,
        rows: after.rows - before.rows,
        visionPasses: after.visionPasses - before.visionPasses,
        bytesReadBack: after.bytesReadBack - before.bytesReadBack,
        phases,
        work,
      };
    },
  };
}
