// A run as tables for a spreadsheet: steps in the released code's columns with ours after them, and tokens.
import { DEFAULT_SETTINGS } from '../settings/schema';
import type { SettingName } from '../settings/schema';
import { STREAMS } from './events';
import type { RunState } from './fold';

type Cell = string | number | boolean | null | undefined;

const STEP_COLUMNS = [
  // The released code's columns; its sigma is the one after decay, its budget the one after growth.
  'step',
  'reward',
  'sigma',
  'is_new_best',
  'patch_count',
  'patch_budget',
  'best_reward',
  'unperturbed_reward',
  'sigma_used',
  'entropy',
  'top_probability',
  'update_norm',
  'drift_from_start',
  'candidates',
  'accepted',
  'ms',
] as const;

const TOKEN_COLUMNS = ['stream', 'index', 'id', 'text', 'logprob', 'dependence', 'logprob_with_image', 'logprob_without_image'] as const;

/** Steps as CSV. `sigma` is what the next step will use, `sigma_used` what this one used (0 at the start). */
export function stepsCsv(state: RunState): string {
  const decay = numberSetting(state, 'sigmaDecay');
  const rows = state.steps.map((event): Cell[] => {
    const perLatent = state.started?.settings['budgetScope'] === 'latent';
    return [
      event.step,
      event.reward,
      event.step === 0 ? numberSetting(state, 'sigma') : event.sigma * decay,
      event.isBest ? 'True' : 'False',
      event.patchCount,
      numberSetting(state, 'maxPatches') * (perLatent ? event.latents.length : 1),
      event.bestReward,
      event.unperturbedReward,
      event.sigma,
      event.entropy,
      event.topProbability,
      event.updateNorm,
      event.driftFromStart,
      event.candidates.length,
      event.candidates.filter((candidate) => candidate.accepted).length,
      event.ms,
    ];
  });
  return table([[...STEP_COLUMNS], ...rows]);
}

/** Tokens of both answers as CSV, with their image dependence where it was measured. */
export function tokensCsv(state: RunState): string {
  const rows = STREAMS.flatMap((stream) =>
    state.streams[stream].tokens.map((token): Cell[] => {
      const dependence = state.streams[stream].dependence[token.index];
      const { value, withImage, withoutImage } = dependence ?? {};
      return [stream, token.index, token.id, token.text, token.logprob, value, withImage, withoutImage];
    }),
  );
  return table([[...TOKEN_COLUMNS], ...rows]);
}

function numberSetting(state: RunState, name: SettingName & ('sigma' | 'sigmaDecay' | 'maxPatches')): number {
  const value = state.started?.settings[name];
  return typeof value === 'number' ? value : DEFAULT_SETTINGS[name];
}

function table(rows: readonly (readonly Cell[])[]): string {
  return rows.map((row) => `${row.map(cell).join(',')}\r\n`).join('');
}

/** One cell (RFC 4180). Text that a spreadsheet would run as a formula gets an apostrophe before it. */
function cell(value: Cell): string {
  if (value === null || value === undefined) return '';
  if (typeof value !== 'string') return String(value);
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
