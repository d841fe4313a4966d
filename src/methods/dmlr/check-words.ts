// What the checks of DMLR's two loops share.
import type { StepEvent } from '../../events/events';
import type { DmlrDetail } from './detail';

/** Looks at a step beside the one before it (null: it is the start); what is wrong with it in words that follow "step 3", or null. */
export type StepCheck = (step: StepEvent, detail: DmlrDetail, before: StepEvent | null) => string | null;

/** What rounding may add, as a share. */
const SLACK = 1e-3;

/** Whether two numbers are equal but for rounding. */
export function near(a: number, b: number): boolean {
  return Math.abs(a - b) <= SLACK * Math.max(Math.abs(a), Math.abs(b)) + 1e-9;
}

/** Whether two lists hold the same numbers in the same order. */
export function same(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((value, i) => value === b[i]);
}
