// What the run views show of a method beyond what every method has; a method without a view of its own shows nothing more.
import type { RunEventOf, StepEvent } from '../../src/events/events';
import type { SettingsRecord } from '../../src/settings/space';

/** A number beside the chart, or on the card of a think token. */
export interface StepFact {
  readonly name: string;
  readonly help: string;
  /** Null: not known of this step. */
  readonly value: string | null;
}

/** A reward that was tried within a step, for a latent. */
export interface RewardTry {
  readonly latent: number;
  readonly reward: number;
  readonly accepted: boolean;
}

export interface StepColumn {
  readonly name: string;
  readonly cell: (step: StepEvent) => string;
}

/** Of a latent, without its perturbation: what is missing was not recorded. */
export interface LatentMove {
  /** L2 distance from its start. */
  readonly drift: number;
  /** Its L2 norm, and the cosine of the angle to its start. */
  readonly norm?: number;
  readonly cosine?: number;
}

/** Where the patches of a think token stand in the sequence. */
export type Layout = 'after-each' | 'after-all' | 'before-each';

export interface MethodView {
  /** Facts of a step, beside the chart. */
  readonly facts: (step: StepEvent | undefined) => readonly StepFact[];
  /** Facts of a latent in a step, on its card. */
  readonly latentFacts: (step: StepEvent, latent: number) => readonly StepFact[];
  /** Columns of the table of steps, after those of every method; for the same settings the same list. */
  readonly columns: (settings: SettingsRecord) => readonly StepColumn[];
  /** How far a latent is from its start after a step; null where that is not known. */
  readonly moved: (step: StepEvent, latent: number) => LatentMove | null;
  /** Patches that the step tried for a latent and turned down. */
  readonly rejected: (step: StepEvent, latent: number) => readonly number[];
  /** The reward of the step's latents without their perturbation; null where it was not measured. */
  readonly unperturbedReward: (step: StepEvent) => number | null;
  readonly tries: (step: StepEvent) => readonly RewardTry[];
  /** What steps with these settings will have, before the first of them: decides on the series of the chart. */
  readonly expects: (settings: SettingsRecord) => {
    readonly unperturbed: boolean;
    readonly tries: boolean;
    /** The most patches in the sequence. */
    readonly patches: number;
    /** What a reward can be at least and at most; infinite where nothing bounds it. */
    readonly rewards: readonly [least: number, most: number];
  };
  /** What the controls of a run show, a sentence each; `said` is a control's answer as it is compared. */
  readonly attribution: (controls: readonly RunEventOf<'control'>[], said: (control: RunEventOf<'control'>) => string) => readonly string[];
  readonly layout: (settings: SettingsRecord) => Layout;
  /** What is listed on a think token's card; null for the general words. */
  readonly topTokensHelp: (settings: SettingsRecord) => string | null;
}

const NO_COLUMNS: readonly StepColumn[] = [];

/** The view of a method that has none of its own. */
export const PLAIN_VIEW: MethodView = {
  facts: () => [],
  latentFacts: () => [],
  columns: () => NO_COLUMNS,
  moved: () => null,
  rejected: () => [],
  unperturbedReward: () => null,
  tries: () => [],
  expects: () => ({ unperturbed: false, tries: false, patches: 0, rewards: [-Infinity, Infinity] }),
  attribution: () => [],
  layout: () => 'after-each',
  topTokensHelp: () => null,
};
