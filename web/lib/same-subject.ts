// Which runs of a session can be compared with the one on screen: one picture, one question, one model.
import type { RunState } from '../../src/events/fold';
import type { RanRun } from '../stores/ran-runs';

/**
 * The newest run of each other method that asked the same model the same question about the same picture on the same device, or that was made
 * beside this run. `runs`: newest first.
 */
export function comparable(state: RunState, runs: readonly RanRun[]): readonly RunState[] {
  const { started, image } = state;
  if (started === null || image === null) return [];
  const found = new Map<string, RunState>();
  for (const { state: other, about } of runs) {
    if (other.started === null || other.started.method === started.method || found.has(other.started.method)) continue;
    const same =
      other.started.question === started.question &&
      other.started.model.id === started.model.id &&
      other.started.model.dtype === started.model.dtype &&
      other.started.device.description === started.device.description &&
      other.image?.preview === image.preview;
    if (same || about === started.runId) found.set(other.started.method, other);
  }
  return [...found.values()];
}
