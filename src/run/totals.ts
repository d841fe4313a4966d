// What a run cost: time by phase, and the model's work since the run began.
import type { LatentModel } from '../model/latent-model';
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
  let current: { readonly phase: RunPhase; readonly since: number } | null = null;
  let encodeMs = 0;

  const leave = () => {
    if (current === null) return;
    phases[current.phase] = (phases[current.phase] ?? 0) + now() - current.since;
    if (current.phase === 'read') encodeMs = model.counts().visionMs - before.visionMs;
  };
  return {
    enter(phase) {
      leave();
      current = { phase, since: now() };
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
        // Two clocks that count the same time may differ by their grain.
        encodeMs: Math.min(encodeMs, phases['read'] ?? 0),
      };
    },
  };
}
