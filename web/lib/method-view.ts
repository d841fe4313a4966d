// What the run views show of a method beyond what every method has; a method without a view of its own shows nothing more.
import type { ComponentType } from 'react';
import type { RunEventOf, StepEvent } from '../../src/events/events';
import type { AttentionShares } from '../../src/events/shares';
import type { SettingsRecord } from '../../src/settings/space';

/** A number beside the chart, or on the card of a latent. */
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

/** Where the patches of a latent stand in the sequence; `alone`: they have no latent beside them. */
export type Layout = 'after-each' | 'after-all' | 'before-each' | 'alone';

/** What a method's latents are called, in lower case; the letter stands before their numbers. */
export interface LatentWords {
  readonly letter: string;
  readonly one: string;
  readonly many: string;
}

/** A part of the page in words. */
export interface PartWords {
  readonly title: string;
  readonly lead: string;
}

/** What the part of a card gets that a method draws itself. */
export interface CardProps {
  readonly steps: readonly StepEvent[];
  readonly latent: number;
}

export interface MethodView {
  readonly latents: LatentWords;
  /** The parts of the page on steps and on latents in the method's own words; null: in the general ones. */
  readonly parts: { readonly steps: PartWords; readonly latents: PartWords } | null;
  /** Drawn on a latent's card in place of the curve of its top-1 probability; null: that curve. */
  readonly card: ComponentType<CardProps> | null;
  /** Whether latents stay as they were added: a step is then about the newest of them, and shows its attention. */
  readonly appends: boolean;
  /** What the row of a step attends to; null where that was not measured. */
  readonly shares: (step: StepEvent) => AttentionShares | null;
  /** Passes one after the other that the thought takes up to this step, each of which waits for the one before; those of the answer's tokens follow. */
  readonly sequential: (step: StepEvent) => number;
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
    /** What a reward can be at least and at most; infinite where nothing bounds it. Null: there is none. */
    readonly rewards: readonly [least: number, most: number] | null;
  };
  /** What the controls of a run show, a sentence each; `said` is a control's answer as it is compared. */
  readonly attribution: (controls: readonly RunEventOf<'control'>[], said: (control: RunEventOf<'control'>) => string) => readonly string[];
  readonly layout: (settings: SettingsRecord, step: StepEvent | undefined) => Layout;
  /** What is listed on a latent's card; null for the general words. */
  readonly topTokensHelp: (settings: SettingsRecord) => string | null;
}

const NO_COLUMNS: readonly StepColumn[] = [];
export const THINK_TOKENS: LatentWords = { letter: 't', one: 'think token', many: 'think tokens' };

/** The view of a method that has none of its own. */
export const PLAIN_VIEW: MethodView = {
  latents: THINK_TOKENS,
  parts: null,
  card: null,
  appends: false,
  shares: () => null,
  sequential: () => 0,
  facts: () => [],
  latentFacts: () => [],
  columns: () => NO_COLUMNS,
  moved: () => null,
  rejected: () => [],
  unperturbedReward: () => null,
  tries: () => [],
  expects: () => ({ unperturbed: false, tries: false, patches: 0, rewards: null }),
  attribution: () => [],
  layout: () => 'after-each',
  topTokensHelp: () => null,
};
