// The series of the reward chart: their names, when a run has them, and their value at a step.
import type { StepEvent } from '../../../src/events/events';
import { formatReward } from '../../../src/text/format';
import type { MethodView } from '../../lib/method-view';
import { runText } from '../../strings/run';
import { viewOfStep } from '../methods/registry';

export const SERIES = ['best', 'evaluated', 'unperturbed', 'candidates', 'patches'] as const;
export type SeriesName = (typeof SERIES)[number];

/** Whether a run has a series: by what its method expects before the first step, by its steps after. */
export function hasSeries(name: SeriesName, steps: readonly StepEvent[], expected: ReturnType<MethodView['expects']>): boolean {
  switch (name) {
    case 'best':
    case 'evaluated':
      return true;
    case 'unperturbed':
      return steps.length > 0 ? steps.some((step) => viewOfStep(step).unperturbedReward(step) !== null) : expected.unperturbed;
    case 'candidates':
      return steps.length > 1 ? steps.some((step) => viewOfStep(step).tries(step).length > 0) : expected.tries;
    case 'patches':
      return expected.patches > 0 || steps.some((step) => step.patchCount > 0);
  }
}

/** What a series says at a step, for the readout. */
export function seriesValue(name: SeriesName, step: StepEvent | undefined): string {
  if (!step) return '–';
  switch (name) {
    case 'best':
      return formatReward(step.bestReward);
    case 'evaluated':
      return formatReward(step.reward);
    case 'unperturbed':
      return formatReward(viewOfStep(step).unperturbedReward(step));
    case 'candidates':
      return `${kept(step)}/${viewOfStep(step).tries(step).length}`;
    case 'patches':
      return String(step.patchCount);
  }
}

/** What a screen reader hears for that value. */
export function seriesSpoken(name: SeriesName, step: StepEvent | undefined): string {
  if (!step) return '';
  if (name !== 'candidates') return seriesValue(name, step);
  return runText.chart.tries(kept(step), viewOfStep(step).tries(step).length);
}

function kept(step: StepEvent): number {
  return viewOfStep(step)
    .tries(step)
    .filter((one) => one.accepted).length;
}
