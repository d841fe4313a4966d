// What a way of thinking before the answer is: its description, its settings, its prompt, and the generator that runs it.
import type { OwnColumns } from '../events/csv';
import type { StepEvent } from '../events/events';
import type { RecordedMethod, RunCheck } from '../events/recorded-method';
import type { Random } from '../math/random';
import type { AbortSignalLike, Context, LatentModel, LogitsHook, Row } from '../model/latent-model';
import type { PromptForm } from '../prompt/forms';
import { checkCommon, COMMON_FIELDS, type CommonSettings } from '../settings/common';
import type { Fields, SettingsOf } from '../settings/field';
import { settingsSpace, type SettingsSpace } from '../settings/space';

/** A method's own settings and those that every method has. */
export type MethodSettings<F extends Fields> = SettingsOf<F> & CommonSettings;

/** What a method works with while it thinks. */
export interface ThinkRun<S> {
  readonly model: LatentModel;
  /** The prompt, read. The caller releases it. */
  readonly context: Context;
  readonly settings: S;
  readonly signal: AbortSignalLike;
  /** Milliseconds from any fixed point. */
  now(): number;
  /** The numbers of a named random stream of the run's seed; a method draws from nothing else. */
  random(stream: string): Random;
}

/** What a method ends with: the rows after which the answer is generated. */
export interface Thought {
  /** What the rows follow: the prompt's context, or a longer one that the method made with `advance`, which the caller releases. */
  readonly context: Context;
  readonly rows: readonly Row[];
  /** Why thinking ended, in a word or two joined by hyphens: 'steps', 'threshold', 'answered'. */
  readonly reason: string;
  /** The step whose rows these are; null for a method without steps. */
  readonly bestStep: number | null;
  /** The reward of what is decoded, as evaluated; null for a method without one. */
  readonly bestReward: number | null;
  /** Changes logits while the answer is generated. */
  readonly hook?: LogitsHook;
}

/** An answer to compare with: the same or another prompt, and rows that nothing has optimised. */
export interface Baseline {
  readonly prompt: PromptForm;
  rows(model: LatentModel): readonly Row[];
}

export interface MethodDefinition<F extends Fields> extends Pick<RecordedMethod, 'detail'> {
  /** Lower-case letters, digits and hyphens: how links, recordings and the command line name it. */
  readonly id: string;
  readonly label: string;
  /** What it does, in one sentence. */
  readonly help: string;
  /** Its settings, beside the common ones; names must differ from theirs. */
  readonly fields: F;
  /** What the model reads before the first row of the thought. */
  prompt(settings: MethodSettings<F>): PromptForm;
  /** Latents the thought begins with: the prompt may name the number. Default 0. */
  latents?(settings: MethodSettings<F>): number;
  /** Steps the run takes at most, for the axis of a chart. Default 0: a method without steps. */
  steps?(settings: MethodSettings<F>): number;
  /** Null or absent: the answer is compared with nothing. */
  baseline?(settings: MethodSettings<F>): Baseline | null;
  /** Yields one event per step; absent: the answer follows the prompt at once. Stops within one pass of an abort. */
  think?(run: ThinkRun<MethodSettings<F>>): AsyncGenerator<StepEvent, Thought, undefined>;
  /** What its runs with these settings guarantee beyond what every method's do; recordings are held to it. */
  checkRun?(settings: MethodSettings<F>): RunCheck;
  /** Columns of its own in the table of a run's steps. */
  columns?(settings: MethodSettings<F>): OwnColumns;
}

export interface Method<F extends Fields = Fields> extends MethodDefinition<F> {
  /** All settings of a run of this method. */
  readonly space: SettingsSpace<F & typeof COMMON_FIELDS>;
}

const ID = /^[a-z][a-z0-9-]{0,39}$/;

/** Completes a method with its settings. Throws a TypeError for an impossible id, or a setting named as a common one. */
export function defineMethod<const F extends Fields>(definition: MethodDefinition<F>): Method<F> {
  const { id, fields } = definition;
  if (!ID.test(id)) throw new TypeError(`"${id}" cannot be the id of a method`);
  const twice = Object.keys(fields).find((name) => Object.hasOwn(COMMON_FIELDS, name));
  if (twice !== undefined) throw new TypeError(`every method has a setting ${twice}; ${id} cannot have its own`);
  const space = settingsSpace<F & typeof COMMON_FIELDS>({ ...fields, ...COMMON_FIELDS }, checkCommon);
  return { ...definition, space };
}
