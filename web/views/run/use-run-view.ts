// What several run views ask of the run store: the step under the cursor, the run's settings, the hue of a think token.
import { useMemo } from 'react';
import type { StepEvent } from '../../../src/events/events';
import { stepAt } from '../../../src/events/fold';
import { DEFAULT_SETTINGS, parseSettings, type RunSettings } from '../../../src/settings/schema';
import { attentionAt, patchMarks } from '../../lib/patch-marks';
import { useRun } from '../../stores/run-store';

const HUES = 8;

/** CSS colour of think token `latent` (0-based); hues repeat after eight, which is why its number is always written too. */
export function latentHue(latent: number): string {
  return `var(--latent-${(latent % HUES) + 1})`;
}

/** The step event under the cursor, or undefined before the first. */
export function useCursorStep(): StepEvent | undefined {
  return useRun((store) => stepAt(store.state, store.cursor.step));
}

/** What one think token (or, latent null, all of them) puts over the picture at the step at `index`. */
export function useLatentLayers(steps: readonly StepEvent[], index: number, latent: number | null) {
  const step = steps[index];
  const marks = useMemo(() => patchMarks(steps, index, latent), [steps, index, latent]);
  const attention = useMemo(() => attentionAt(step, latent), [step, latent]);
  return { marks, attention };
}

/** Whether the run on screen optimises think tokens: the other ways of answering have no steps, no patches, no think tokens. */
export function useTakesSteps(): boolean {
  return useRun((store) => (store.state.started?.method ?? 'dmlr') === 'dmlr');
}

/** The settings the run on screen was started with; the defaults where an old recording names something unknown. */
export function useRunSettings(): RunSettings {
  const record = useRun((store) => store.state.started?.settings);
  return useMemo(() => {
    if (!record) return DEFAULT_SETTINGS;
    try {
      return parseSettings(record);
    } catch {
      return DEFAULT_SETTINGS;
    }
  }, [record]);
}
