// What several run views ask of the run store: the step under the cursor, the run's settings, the hue of a think token.
import { useMemo } from 'react';
import { useStore } from 'zustand';
import type { StepEvent } from '../../../src/events/events';
import { stepAt } from '../../../src/events/fold';
import type { Method } from '../../../src/methods/method';
import { attentionAt, patchMarks } from '../../lib/patch-marks';
import type { MethodView } from '../../lib/method-view';
import { useSession } from '../../session/context';
import { useRun } from '../../session/hooks';
import type { AllSettings } from '../../stores/choices';
import { viewOf, viewsStore } from '../methods/registry';

const HUES = 8;

/** CSS colour of think token `latent` (0-based); hues repeat after eight, which is why its number is always written too. */
export function latentHue(latent: number): string {
  return `var(--latent-${(latent % HUES) + 1})`;
}

/** The step event under the cursor, or undefined before the first. */
export function useCursorStep(): StepEvent | undefined {
  return useRun((store) => stepAt(store.state, store.cursor.step));
}

/**
 * What one latent (or, latent null, all of them) puts over the picture at the step at `index`; `attended` is the latent whose attention it is,
 * null for the mean of all.
 */
export function useLatentLayers(steps: readonly StepEvent[], index: number, latent: number | null) {
  const step = steps[index];
  const { rejected, appends } = useMethodView();
  const attended = latent ?? (appends && step !== undefined && step.latents.length > 0 ? step.latents.length - 1 : null);
  const marks = useMemo(() => patchMarks(steps, index, latent, rejected), [steps, index, latent, rejected]);
  const attention = useMemo(() => attentionAt(step, attended), [step, attended]);
  return { marks, attention, attended };
}

/** The method of the run on screen; before there is one, the method that is offered first. */
export function useRunMethod(): Method {
  const { methods } = useSession();
  const id = useRun((store) => store.state.started?.method ?? null);
  return (id === null ? undefined : methods.find(id)) ?? methods.list[0];
}

/** What the run's method shows beyond what every method has. */
export function useMethodView(): MethodView {
  const { id } = useRunMethod();
  return useStore(viewsStore, () => viewOf(id));
}

/** Whether the run on screen takes steps: other methods have no curve, no patches, no think tokens. */
export function useTakesSteps(): boolean {
  return useRunMethod().steps !== undefined;
}

/** Steps the run on screen takes at most. */
export function usePlannedSteps(): number {
  const method = useRunMethod();
  const settings = useRunSettings();
  const model = useRun((store) => store.state.started?.model);
  return method.steps?.(settings, model) ?? 0;
}

/** The settings the run on screen was started with; the defaults where its recording names something unknown. */
export function useRunSettings(): AllSettings {
  const { space } = useRunMethod();
  const record = useRun((store) => store.state.started?.settings);
  return useMemo(() => {
    try {
      return space.parse(record ?? {});
    } catch {
      return space.defaults;
    }
  }, [space, record]);
}
