// What reading a recording must know of the method that made it.
import type * as v from 'valibot';
import type { CommonSettings } from '../settings/common';
import type { Fields, SettingsOf } from '../settings/field';
import type { ModelSummary, RunEventOf, StepDetail, StepEvent } from './events';

/** All settings of a run, whatever its method. */
export type RecordedSettings = SettingsOf<Fields> & CommonSettings;

/** Looks at the steps of one run in their order and at its end; each answer is what is wrong in words, or null. */
export interface RunCheck {
  step(step: StepEvent): string | null;
  finished(event: RunEventOf<'finished'>): string | null;
}

/** A method as its recordings need it; `Method` is one. */
export interface RecordedMethod {
  readonly space: {
    has(name: string): boolean;
    /** Throws EngineFault BAD_INPUT for settings that no run of the method can have. */
    parse(record: Readonly<Record<string, unknown>>): RecordedSettings;
  };
  /** What the detail of its steps may hold; absent: its steps have none. */
  readonly detail?: v.GenericSchema<unknown, StepDetail>;
  /** Absent: a method without steps. */
  think?(...run: never): unknown;
  /** Null or absent: its answer is compared with nothing. */
  baseline?(settings: RecordedSettings): object | null;
  latents?(settings: RecordedSettings): number;
  steps?(settings: RecordedSettings, model?: Pick<ModelSummary, 'interleavedLatent'>): number;
  /** The controls that a run with these settings decodes, in order. */
  controls?(settings: RecordedSettings): readonly { readonly id: string }[];
  /** Makes the check of what the method alone guarantees of a run with these settings. */
  checkRun?(settings: RecordedSettings): RunCheck;
}

/** The methods a recording may be of; `MethodRegistry` is one. */
export interface RecordedMethods {
  readonly list: readonly { readonly id: string }[];
  find(id: string): RecordedMethod | undefined;
}
