// What a run cost: time and the model's work, by phase and since the run began.
import type { LatentModel, ModelCounts } from '../model/latent-model';
import type { RunEventOf, RunPhase } from '../events/events';

type Totals = RunEventOf<'finished'>['totals'];

/**
 * Starts counting. `enter` begins a phase and ends the one before; time before the first phase counts only in `ms`. `encodeMs` is the
 * part of the phase `read` that encoded the picture.
 */
export function startTotals(model: LatentModel, now: () => number): { enter(phase: RunPhase): void; finish(): Totals } {
  const begun = now();
  const before = model.counts();
  const phases: Record<string, number> = {};
  const work: Record<string, { passes: number; rows: number }> = {};
  let current: { readonly phase: RunPhase; readonly since: number; readonly counts: ModelCounts } | null = null;

  let encodeMs = 0;

  const leave = () => {
    if (current === null) return;
    const { phase, since, counts } = current;
    const { passes, rows } = model.counts();
    phases[phase] = (phases[phase] ?? 0) + now() - since;
    const done = (work[phase] ??= { passes: 0, rows: 0 });
    done.passes += passes - counts.passes;
    done.rows += rows - counts.rows;
    if (phase === 'read') encodeMs = model.counts().visionMs - before.visionMs;
  };
  return {
    enter(phase) {
      leave();
      current = { phase, since: now(), counts: model.counts() };
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
        // Two clocks that count the same time may differ by their grain.
        encodeMs: Math.min(encodeMs, phases['read'] ?? 0),
      };
    },
  };
}
