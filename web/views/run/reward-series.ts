// The series of the reward chart: their names, when a run has them, and their value at a step.
import type { StepEvent } from '../../../src/events/events';
import type { RunSettings } from '../../../src/settings/schema';
import { formatReward } from '../../../src/text/format';
import { runText } from '../../strings/run';

export const SERIES = ['best', 'evaluated', 'unperturbed', 'candidates', 'patches'] as const;
export type SeriesName = (typeof SERIES)[number];

/** Whether a run has a series: by its settings before the first step, by its steps after. */
export function hasSeries(name: SeriesName, steps: readonly StepEvent[], settings: RunSettings): boolean {
  switch (name) {
    case 'best':
    case 'evaluated':
      return true;
    case 'unperturbed':
      return steps.length > 0 ? steps.some((step) => step.unperturbedReward !== null) : settings.measureUnperturbed;
    case 'candidates':
      return steps.length > 1 ? steps.some((step) => step.candidates.length > 0) : settings.patchesPerStep > 0 && settings.maxPatches > 0;
    case 'patches':
      return settings.maxPatches > 0;
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
      return formatReward(step.unperturbedReward);
    case 'candidates':
      return `${step.candidates.filter((candidate) => candidate.accepted).length}/${step.candidates.length}`;
    case 'patches':
      return String(step.patchCount);
  }
}

/** What a screen reader hears for that value. */
export function seriesSpoken(name: SeriesName, step: StepEvent | undefined): string {
  if (!step) return '';
  if (name !== 'candidates') return seriesValue(name, step);
  return runText.chart.tries(step.candidates.filter((candidate) => candidate.accepted).length, step.candidates.length);
}
