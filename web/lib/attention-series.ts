// Which points of attention are shown together: those of the run on screen, and of other runs about the same that wrote their steps out.
import type { RunState } from '../../src/events/fold';
import { attentionText } from '../strings/attention';
import { type AttentionPoint, sentencePoints, stepPoints } from './attention-points';
import type { MethodView } from './method-view';

export interface NamedPoint extends AttentionPoint {
  readonly label: string;
}

export interface AttentionSeries {
  readonly name: string;
  readonly points: readonly NamedPoint[];
}

/**
 * Steps first, then the sentences of the run's own answer, then those of other runs; series without points are left out.
 *
 * @param others runs about the same, of other methods
 * @param one what a latent is called
 * @param own what the run's method is called
 * @param labelOf what the method with an id is called
 */
export function attentionFor(
  state: RunState,
  others: readonly RunState[],
  view: Pick<MethodView, 'shares'>,
  one: string,
  own: string,
  labelOf: (method: string) => string,
): readonly AttentionSeries[] {
  const series: AttentionSeries[] = [];
  const add = (name: string, points: readonly AttentionPoint[]): void => {
    if (points.length === 0 || series.some((before) => before.name === name)) return;
    const labels = points.map(({ step }, index) => (step === null ? attentionText.sentence(index) : attentionText.step(one, step)));
    series.push({ name, points: points.map((point, index) => ({ ...point, label: labels[index] })) });
  };
  add(own, stepPoints(state.steps, view.shares));
  add(attentionText.of(own), sentencePoints(state));
  for (const other of others) {
    if (other.started !== null) add(attentionText.of(labelOf(other.started.method)), sentencePoints(other));
  }
  return series;
}
