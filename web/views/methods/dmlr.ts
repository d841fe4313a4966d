// DMLR on the page: its noise, its patch tries, how far think tokens have moved, and where their patches stand.
import { attribute } from '../../../src/methods/dmlr/attribution';
import { dmlrDetail } from '../../../src/methods/dmlr/detail';
import { dmlr } from '../../../src/methods/dmlr/dmlr';
import { formatReward, formatSigned, formatSize } from '../../../src/text/format';
import { type MethodView, PLAIN_VIEW, type StepColumn } from '../../lib/method-view';
import { dmlrText as text } from '../../strings/dmlr';

const settingsOf = dmlr.space.parse;

/** 1 minus an entropy, or a mean surprise (src/methods/dmlr/reward.ts). */
const REWARD_RANGE = { paper: [-Infinity, 1], code: [0, Infinity] } as const;

const COLUMNS: readonly StepColumn[] = [
  { name: text.columns.unperturbed, cell: (step) => formatReward(dmlrDetail(step)?.unperturbedReward) },
  {
    name: text.columns.tries,
    cell: (step) => {
      const tries = dmlrDetail(step)?.candidates ?? [];
      return `${tries.filter(({ accepted }) => accepted).length}/${tries.length}`;
    },
  },
  { name: text.columns.sigma, cell: (step) => formatSize(dmlrDetail(step)?.sigma) },
];
const WITH_COSINE: readonly StepColumn[] = [...COLUMNS, { name: text.cosine, cell: (step) => formatSigned(dmlrDetail(step)?.cosine, 3) }];

export const dmlrView: MethodView = {
  ...PLAIN_VIEW,
  facts: (step) => {
    const detail = step && dmlrDetail(step);
    const sigma = { name: text.sigma, help: text.sigmaHelp, value: detail ? formatSize(detail.sigma) : null };
    if (detail?.cosine === undefined) return [sigma];
    return [sigma, { name: text.cosine, help: text.cosineHelp, value: formatSigned(detail.cosine, 3) }];
  },
  latentFacts: (step, latent) => {
    const own = dmlrDetail(step)?.latents[latent];
    return own === undefined ? [] : [{ name: text.drift, help: text.driftHelp, value: formatSize(own.drift) }];
  },
  columns: (record) => (settingsOf(record).measureCosine ? WITH_COSINE : COLUMNS),
  moved: (step, latent) => dmlrDetail(step)?.latents[latent] ?? null,
  rejected: (step, latent) => dmlrDetail(step)?.latents[latent]?.rejected ?? [],
  unperturbedReward: (step) => dmlrDetail(step)?.unperturbedReward ?? null,
  tries: (step) => dmlrDetail(step)?.candidates ?? [],
  expects: (record) => {
    const { measureUnperturbed, patchesPerStep, maxPatches, rewardForm } = settingsOf(record);
    const tries = patchesPerStep > 0 && maxPatches > 0;
    return { unperturbed: measureUnperturbed, tries, patches: maxPatches, rewards: REWARD_RANGE[rewardForm] };
  },
  attribution: (controls, said) => {
    const found = attribute(controls, said);
    if (found === null) return [];
    const { startPatches, addedPatches, latents } = found.reward;
    return [
      text.attribution.answer[found.answer],
      text.attribution.reward(formatSigned(startPatches, 3), formatSigned(addedPatches, 3), formatSigned(latents, 3)),
    ];
  },
  layout: (record) => settingsOf(record).layout,
  topTokensHelp: (record) => text.topTokens[settingsOf(record).scoredRows],
};
