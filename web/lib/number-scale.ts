// Between a setting's number and the place of its slider; and what is wrong with a number a person typed.
import type { NumberField, OptionalNumberField } from '../../src/settings/field';
import { settingsText } from '../strings/settings';
import { formatCount, formatNumber } from '../../src/text/format';

type Field = NumberField | OptionalNumberField;

/** Places of a slider with a log scale, and the most of a linear one. */
export const SLIDER_STEPS = 1000;

/** Whether a slider can say anything: not where a thousand places stand for millions of values, such as seeds. */
export function hasSlider(field: Field): boolean {
  return isLog(field) || (field.max - field.min) / field.step <= 100 * SLIDER_STEPS;
}

/** The slider's place 0..SLIDER_STEPS for a value. */
export function toSlider(field: Field, value: number): number {
  const share = isLog(field)
    ? Math.log(Math.max(value, field.min) / field.min) / Math.log(field.max / field.min)
    : (value - field.min) / (field.max - field.min);
  return Math.round(Math.min(1, Math.max(0, share)) * SLIDER_STEPS);
}

/** The value at a slider's place: whole where the setting is, else rounded to what its scale can tell apart. */
export function fromSlider(field: Field, place: number): number {
  const share = place / SLIDER_STEPS;
  if (place <= 0) return field.min;
  if (place >= SLIDER_STEPS) return field.max;
  if (isLog(field)) {
    const raw = field.min * Math.pow(field.max / field.min, share);
    return tidy(field, field.kind === 'integer' ? Math.round(raw / field.step) * field.step : Number(raw.toPrecision(2)));
  }
  const raw = field.min + share * (field.max - field.min);
  return tidy(field, field.min + Math.round((raw - field.min) / field.step) * field.step);
}

/** What is wrong with a typed number, or null. */
export function numberProblem(field: Field, text: string): string | null {
  const trimmed = text.trim();
  if (trimmed === '') return field.kind === 'optional-number' ? null : settingsText.notNumber;
  if (!/^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d{1,3})?$/i.test(trimmed)) return settingsText.notNumber;
  const value = Number(trimmed);
  if (value < field.min || value > field.max) return settingsText.outOfRange(bound(field.min), bound(field.max));
  return field.kind === 'integer' && !Number.isInteger(value) ? settingsText.notWhole : null;
}

function isLog(field: Field): boolean {
  return field.scale === 'log' && field.min > 0;
}

/** Binary fractions such as 0.30000000000000004 lose their tail; the bounds hold. */
function tidy(field: Field, value: number): number {
  return Math.min(field.max, Math.max(field.min, Number(value.toPrecision(10))));
}

function bound(value: number): string {
  if (Number.isInteger(value)) return formatCount(value);
  return formatNumber(value, Math.max(0, Math.ceil(-Math.log10(Math.abs(value)))));
}
