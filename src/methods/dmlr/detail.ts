// What DMLR alone tells of its steps, as recordings keep it, and the table of it in the released code's columns.
import * as v from 'valibot';
import type { OwnColumns } from '../../events/csv';
import { count, size, finite, ids, MOST } from '../../events/bounds';
import type { StepEvent } from '../../events/events';
import { MOST_SAMPLES } from './fields-estimate';
import type { DmlrSettings } from './settings';

/** One evaluation [T, V_best, Z_cand] of the inner loop. */
const candidateSchema = v.object({ latent: count, patches: ids, reward: finite, accepted: v.boolean() });

/** A little beyond 1 for what rounding adds. */
const cosine = v.pipe(v.number(), v.minValue(-1.01), v.maxValue(1.01));

export const dmlrDetailSchema = v.object({
  kind: v.literal('dmlr'),
  /** R(T) after the update with the patches kept; null when not measured. */
  unperturbedReward: v.nullable(finite),
  /** Standard deviation of the perturbation, in the unit of the noise scale; 0 at the start, and where the true gradient needs none. */
  sigma: size,
  /** L2 norm of this step's update of T. */
  updateNorm: size,
  /** L2 distance of T from its start. */
  driftFromStart: size,
  /** R(S(T', V)) of every perturbation, a pair's two beside each other, where a step tries several. */
  perturbed: v.exactOptional(v.pipe(v.array(finite), v.minLength(2), v.maxLength(2 * MOST_SAMPLES))),
  /** Cosine of the step's estimate and the true gradient, where it is measured; null where one of them has no length. */
  cosine: v.exactOptional(v.nullable(v.pipe(finite, v.minValue(-1), v.maxValue(1)))),
  candidates: v.pipe(v.array(candidateSchema), v.maxLength(MOST.latents)),
  /** Beside the step's latents, in the same order. */
  latents: v.pipe(
    v.array(
      v.object({
        /** Candidates tried in this step and turned down. */
        rejected: ids,
        /** L2 distance of this latent from where it started. */
        drift: size,
        /** Its L2 norm, and the cosine of the angle to its start (1 for a start without length); not told by runs made before. */
        norm: v.exactOptional(size),
        cosine: v.exactOptional(cosine),
      }),
    ),
    v.maxLength(MOST.latents),
  ),
});

export type DmlrDetail = v.InferOutput<typeof dmlrDetailSchema>;
export type DmlrCandidate = DmlrDetail['candidates'][number];

/** The detail of a DMLR step; null for a step of another method. */
export function dmlrDetail(step: Pick<StepEvent, 'detail'>): DmlrDetail | null {
  // Typed by what has been checked: details are made by `describeStep`, or read by the schema above.
  return step.detail?.kind === 'dmlr' ? (step.detail as DmlrDetail) : null;
}

const NAMES = [
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
  'update_norm',
  'drift_from_start',
  'candidates',
  'accepted',
  'cosine',
] as const;

/** `sigma` is what the next step will use, `sigma_used` what this one used (0 at the start); both are 0 with the true gradient, which is read without noise. */
export function dmlrColumns(
  settings: Pick<DmlrSettings, 'sigma' | 'sigmaDecay' | 'maxPatches' | 'budgetScope' | 'exactGradient'>,
): OwnColumns {
  return {
    names: NAMES,
    cells: (event) => {
      const detail = dmlrDetail(event);
      const next = event.step === 0 ? (settings.exactGradient ? 0 : settings.sigma) : (detail?.sigma ?? 0) * settings.sigmaDecay;
      return [
        event.step,
        event.reward,
        next,
        event.isBest ? 'True' : 'False',
        event.patchCount,
        settings.maxPatches * (settings.budgetScope === 'latent' ? event.latents.length : 1),
        event.bestReward,
        detail?.unperturbedReward,
        detail?.sigma,
        detail?.updateNorm,
        detail?.driftFromStart,
        detail?.candidates.length,
        detail?.candidates.filter(({ accepted }) => accepted).length,
        detail?.cosine,
      ];
    },
  };
}
