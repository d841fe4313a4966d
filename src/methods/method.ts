// What a way of thinking before the answer is: its description, its settings, its prompt, and the generator that runs it.
import { fault } from '../errors';
import type { OwnColumns } from '../events/csv';
import type { StepEvent } from '../events/events';
import type { RecordedMethod, RunCheck } from '../events/recorded-method';
import type { RgbPicture } from '../image/resize';
import type { Random } from '../math/random';
import type { AbortSignalLike, Context, LatentModel, LogitsHook, ModelInfo, PromptReading, Row } from '../model/latent-model';
import type { PromptForm } from '../prompt/forms';
import { checkCommon, COMMON_FIELDS, type CommonSettings } from '../settings/common';
import type { Fields, SettingsOf } from '../settings/field';
import { settingsSpace, type SettingsRecord, type SettingsSpace } from '../settings/space';

/** A method's own settings and those that every method has. */
export type MethodSettings<F extends Fields> = SettingsOf<F> & CommonSettings;

/** Think tokens, and the image tokens that a method inserted for each of them. */
export interface ThoughtBlock {
  /** [latents, hidden size]; nobody changes it any more. */
  readonly latents: Float32Array;
  /** A list for each latent. */
  readonly patches: readonly (readonly number[])[];
}

/** Reads blocks as the method's own run does, for whoever looks at a thought afterwards. */
export interface Probe {
  /** The rows that the answer would be decoded after. */
  rows(block: ThoughtBlock): readonly Row[];
  /** Which of these rows are the latents, in order. */
  latentRows(block: ThoughtBlock): readonly number[];
  /** The reward of each block, in packed passes where the model packs; absent for a method without one. */
  rewards?(blocks: readonly ThoughtBlock[]): Promise<readonly number[]>;
}

/** What a method works with while it thinks. */
export interface ThinkRun<S> {
  readonly model: LatentModel;
  /** The prompt, read. The caller releases it. */
  readonly context: Context;
  readonly settings: S;
  /** Image tokens of what the question is about, where the picture came with that knowledge; otherwise null. */
  readonly focus: readonly number[] | null;
  readonly signal: AbortSignalLike;
  /** Milliseconds from any fixed point. */
  now(): number;
  /** The run's prompt read in another way, or with another picture made of the one that the model sees; the caller releases it with the run. */
  reread(reading: PromptReading, change?: (picture: RgbPicture) => RgbPicture): Promise<Context>;
  /** The numbers of a named random stream of the run's seed; a method draws from nothing else. */
  random(stream: string): Random;
  /** Told of the block after each step, without perturbation, where somebody keeps it: events have no vectors. */
  readonly keep?: (step: number, block: ThoughtBlock) => void;
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
  /** Rows that stand between these and the answer, of the controls too. Default: the context's closing; a thought within the answer's turn has none. */
  readonly closing?: readonly Row[];
  /** Changes logits while the answer is generated. */
  readonly hook?: LogitsHook;
  /** What `rows` were made of; absent for a method that has no think tokens. */
  readonly block?: ThoughtBlock;
  /** Makes the controls that the method announced for these settings, in that order. Rejects as `think` does. */
  controls?(): Promise<readonly ControlRows[]>;
}

/** A control of a thought in words: another sequence, whose answer is decoded beside the run's. */
export interface ControlWords {
  /** Lower-case letters, digits and hyphens. */
  readonly id: string;
  readonly label: string;
  /** One sentence. */
  readonly help: string;
}

export interface ControlRows {
  /** Of its words. */
  readonly id: string;
  /** What the rows follow. Default: what the thought's do; any other is released by who made it, at the end of the run. */
  readonly context?: Context;
  readonly rows: readonly Row[];
  /** Null for a method without one. */
  readonly reward: number | null;
}

/** An answer to compare with: the same or another prompt, and rows that nothing has optimised. */
export interface Baseline {
  readonly prompt: PromptForm;
  rows(model: LatentModel): readonly Row[];
}

/** Settings that go together under one name, such as those of a paper. */
export interface Preset {
  /** Lower-case letters, digits and hyphens; unique in its method. */
  readonly id: string;
  readonly label: string;
  /** What it is for, in one sentence. */
  readonly help: string;
  /** What differs from the method's defaults; common settings only where the preset is about them. */
  readonly settings: SettingsRecord;
}

/** Released code's names: the setting each stands for, or why there is none. */
export interface Aliases {
  readonly settings: Readonly<Record<string, string>>;
  /** One sentence each. */
  readonly missing: Readonly<Record<string, string>>;
}

/** What settings may be completed by: what a model was trained for. A recording's summary of a model has it too. */
export type ModelFacts = Pick<ModelInfo, 'interleavedLatent'>;

export interface MethodDefinition<F extends Fields> extends Pick<RecordedMethod, 'detail'> {
  /** Lower-case letters, digits and hyphens: how links, recordings and the command line name it. */
  readonly id: string;
  readonly label: string;
  /** What it does, in one sentence. */
  readonly help: string;
  /** Its settings, beside the common ones; names must differ from theirs. */
  readonly fields: F;
  /** The first is what the defaults are. Default: none. */
  readonly presets?: readonly Preset[];
  /** Names that released code has for its settings, and what to say of those that are not repeated here; for the command line. Default: none. */
  readonly aliases?: Aliases;
  /**
   * What is worth knowing about settings before a run is started with them, a sentence each; and, where the model is known, about that model with
   * them. Default: nothing.
   */
  remarks?(settings: MethodSettings<F>, model?: ModelFacts): readonly string[];
  /** What the model reads before the first row of the thought. */
  prompt(settings: MethodSettings<F>): PromptForm;
  /** How the prompt is read, for thinking, baseline and answer alike. Default: as the model was trained. */
  reading?(settings: MethodSettings<F>, model: ModelFacts): PromptReading;
  /** Latents the thought begins with: the prompt may name the number. Default 0. */
  latents?(settings: MethodSettings<F>): number;
  /** Steps the run takes at most, for the axis of a chart; of a model that is not known yet, as far as that can be told. Default 0: a method without steps. */
  steps?(settings: MethodSettings<F>, model?: ModelFacts): number;
  /**
   * Whether every step after the start lengthens the sequence that the answer follows, as a generated token does: each is an autoregressive
   * step then. Default: no; steps improve a sequence of one length.
   */
  readonly advances?: boolean;
  /** Null or absent: the answer is compared with nothing. */
  baseline?(settings: MethodSettings<F>): Baseline | null;
  /** The controls that are decoded after the answer, in order; a method that has some has a setting `controls` that asks for them. Default: none. */
  controls?(settings: MethodSettings<F>): readonly ControlWords[];
  /** Yields one event per step; absent: the answer follows the prompt at once. Stops within one pass of an abort. */
  think?(run: ThinkRun<MethodSettings<F>>): AsyncGenerator<StepEvent, Thought, undefined>;
  /** Reads blocks of a thought after the run: of its think tokens, or of others in their place. Absent: the thought is looked at as a whole. */
  probe?(run: ThinkRun<MethodSettings<F>>): Promise<Probe>;
  /** What its runs with these settings guarantee beyond what every method's do; recordings are held to it. */
  checkRun?(settings: MethodSettings<F>): RunCheck;
  /** Columns of its own in the table of a run's steps. */
  columns?(settings: MethodSettings<F>): OwnColumns;
  /** Fetches `detail`, `checkRun` and `columns` of a method that is offered without them (`offered.ts`). */
  recorded?(): Promise<RecordedPart>;
}

/** What only reading and exporting recordings needs of a method. */
export type RecordedPart = Pick<MethodDefinition<Fields>, 'detail' | 'checkRun' | 'columns'>;

export interface Method<F extends Fields = Fields> extends MethodDefinition<F> {
  /** All settings of a run of this method. */
  readonly space: SettingsSpace<F & typeof COMMON_FIELDS>;
  readonly presets: readonly Preset[];
}

const ID = /^[a-z][a-z0-9-]{0,39}$/;

/**
 * Completes a method with its settings. Throws a TypeError for an impossible id, a setting named as a common one, or a preset whose id is
 * taken or whose settings the method does not accept, or an alias of no setting.
 */
export function defineMethod<const F extends Fields>(definition: MethodDefinition<F>): Method<F> {
  const { id, fields, presets = [] } = definition;
  if (!ID.test(id)) throw new TypeError(`"${id}" cannot be the id of a method`);
  const twice = Object.keys(fields).find((name) => Object.hasOwn(COMMON_FIELDS, name));
  if (twice !== undefined) throw new TypeError(`every method has a setting ${twice}; ${id} cannot have its own`);
  const space = settingsSpace<F & typeof COMMON_FIELDS>({ ...fields, ...COMMON_FIELDS }, checkCommon);
  for (const [index, preset] of presets.entries()) {
    if (!ID.test(preset.id) || presets.findIndex((other) => other.id === preset.id) !== index) {
      throw new TypeError(`"${preset.id}" cannot be the id of a preset of ${id}`);
    }
    space.parse(preset.settings);
  }
  const odd = Object.values(definition.aliases?.settings ?? {}).find((name) => !space.has(name));
  if (odd !== undefined) throw new TypeError(`an alias of ${id} stands for ${odd}, which is no setting`);
  return { ...definition, space, presets };
}

/**
 * All settings of a method with a preset's in place of its own; common settings that the preset does not name stay as they are in `before`.
 * @throws EngineFault BAD_INPUT when there is no such preset, naming those there are
 */
export function withPreset(method: Method, id: string, before: SettingsRecord): ReturnType<Method['space']['parse']> {
  const preset = method.presets.find((one) => one.id === id);
  if (preset === undefined) {
    const known = method.presets.map((one) => one.id).join(', ');
    const shown = id.length > 40 ? `${id.slice(0, 40)}…` : id;
    throw fault(
      'BAD_INPUT',
      `${method.label} has no preset "${shown}".`,
      known === '' ? 'It has none; set its settings one by one.' : `Choose one of ${known}.`,
    );
  }
  const common = Object.fromEntries(Object.entries(before).filter(([name]) => Object.hasOwn(COMMON_FIELDS, name)));
  return method.space.parse({ ...common, ...preset.settings });
}

/** The first preset whose settings these are, apart from common settings that it does not name; null: the visitor's own. */
export function presetOf(method: Method, settings: SettingsRecord): Preset | null {
  const same = ({ id }: Preset): boolean =>
    Object.entries(withPreset(method, id, settings)).every(([name, value]) => settings[name] === value);
  return method.presets.find(same) ?? null;
}

/**
 * The setting that `name` stands for: itself, or the one of an alias.
 * @throws EngineFault BAD_INPUT for a name of released code that has no setting here, with the reason
 */
export function settingNamed({ aliases, label }: Method, name: string): string {
  if (aliases === undefined) return name;
  if (Object.hasOwn(aliases.missing, name)) {
    throw fault('BAD_INPUT', `${label} has no setting for ${name}: ${aliases.missing[name]}`, 'Leave it out.');
  }
  return Object.hasOwn(aliases.settings, name) ? aliases.settings[name] : name;
}
