// A run as tables for a spreadsheet: its steps and its tokens.
import type { StepEvent } from './events';
import type { RunState } from './fold';
import { STREAMS } from './kinds';
import { type AttentionShares, SHARED_KINDS } from './shares';

export type Cell = string | number | boolean | null | undefined;

/** Columns of a method's own, which stand before those of every method. */
export interface OwnColumns {
  readonly names: readonly string[];
  cells(step: StepEvent): readonly Cell[];
}

const STEP_COLUMNS = ['step', 'reward', 'best_reward', 'is_best', 'entropy', 'top_probability', 'patch_count', 'latents', 'ms'] as const;
const TOKEN_COLUMNS = ['stream', 'index', 'id', 'text', 'logprob', 'dependence', 'logprob_with_image', 'logprob_without_image'] as const;
/** Of the answer's tokens; there only where attention was measured. */
const ATTENTION_COLUMNS = SHARED_KINDS.flatMap((kind) => [`attention_${kind}`, `rows_${kind}`]);

/** Steps as CSV: the method's own columns first, then those that it does not have itself. */
export function stepsCsv(state: RunState, own?: OwnColumns): string {
  return csvText(stepsTable(state, own));
}

/** The same as rows of cells, the names of the columns first. */
export function stepsTable(state: RunState, own: OwnColumns = { names: [], cells: () => [] }): (readonly Cell[])[] {
  const taken = new Set(own.names);
  const common = STEP_COLUMNS.map((name, index) => ({ name, index })).filter(({ name }) => !taken.has(name));
  const rows = state.steps.map((event): Cell[] => {
    const cells = commonCells(event);
    return [...own.cells(event), ...common.map(({ index }) => cells[index])];
  });
  return [[...own.names, ...common.map(({ name }) => name)], ...rows];
}

function commonCells(event: StepEvent): readonly Cell[] {
  const { step, reward, bestReward, isBest, entropy, topProbability, patchCount, latents, ms } = event;
  return [step, reward, bestReward, isBest, entropy, topProbability, patchCount, latents.length, ms];
}

/** Tokens of both answers as CSV, with their image dependence and what they attend to where it was measured. */
export function tokensCsv(state: RunState): string {
  const measured = state.attention.length > 0;
  const attentionCells = (shares: AttentionShares | undefined): Cell[] =>
    measured ? [...SHARED_KINDS.flatMap((kind) => [shares?.[kind].sum, shares?.[kind].keys]), shares?.entropy] : [];
  const rows = STREAMS.flatMap((stream) =>
    state.streams[stream].tokens.map((token): Cell[] => {
      const dependence = state.streams[stream].dependence[token.index];
      const { value, withImage, withoutImage } = dependence ?? {};
      const shares = stream === 'answer' ? state.attention[token.index] : undefined;
      return [stream, token.index, token.id, token.text, token.logprob, value, withImage, withoutImage, ...attentionCells(shares)];
    }),
  );
  return csvText([[...TOKEN_COLUMNS, ...(measured ? [...ATTENTION_COLUMNS, 'attention_entropy'] : [])], ...rows]);
}

/** Rows of cells as CSV (RFC 4180). */
export function csvText(rows: readonly (readonly Cell[])[]): string {
  return rows.map((row) => `${row.map(cell).join(',')}\r\n`).join('');
}

/** One cell (RFC 4180). Text that a spreadsheet would run as a formula gets an apostrophe before it. */
function cell(value: Cell): string {
  if (value === null || value === undefined) return '';
  if (typeof value !== 'string') return String(value);
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
