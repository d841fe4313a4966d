// The drift of every think token by step as numbers, in the unit of each measure.
import type { StepEvent } from '../../../src/events/events';
import type { MethodView } from '../../lib/method-view';

export type DriftMeasure = 'drift' | 'cosine' | 'norm';

/** What a typical token embedding is: entries of deviation `embeddingStd`, `hiddenSize` of them. */
export interface EmbeddingScale {
  readonly embeddingStd: number;
  readonly hiddenSize: number;
}

/** [latents][steps] values; undefined where a recording has none. `norm` is in units of a typical token embedding's. */
export function driftSeries(
  steps: readonly StepEvent[],
  moved: MethodView['moved'],
  measure: DriftMeasure,
  scale: EmbeddingScale | null,
): (number | undefined)[][] {
  const latents = steps.reduce((most, step) => Math.max(most, step.latents.length), 0);
  const typical = scale === null ? 0 : scale.embeddingStd * Math.sqrt(scale.hiddenSize);
  return Array.from({ length: latents }, (_, latent) =>
    steps.map((step) => {
      const value = moved(step, latent)?.[measure];
      if (value === undefined || measure !== 'norm') return value;
      return typical > 0 ? value / typical : undefined;
    }),
  );
}
