// What reading a recording must know of the method that made it.
import type * as v from 'valibot';
import type { StepDetail, StepEvent } from './events';

/** A method as its recordings need it; `Method` is one. */
export interface RecordedMethod {
  readonly space: { has(name: string): boolean };
  /** What the detail of its steps may hold; absent: its steps have none. */
  readonly detail?: v.GenericSchema<unknown, StepDetail>;
  /** What is wrong with a step's detail beside its latents, in words; null: nothing. */
  checkDetail?(step: StepEvent, imageTokens: number): string | null;
}

/** The methods a recording may be of; `MethodRegistry` is one. */
export interface RecordedMethods {
  readonly list: readonly { readonly id: string }[];
  find(id: string): RecordedMethod | undefined;
}
