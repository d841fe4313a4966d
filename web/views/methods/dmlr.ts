// DMLR on the page: its noise, its patch tries, how far think tokens have moved, and where their patches stand.
import { attribute } from '../../../src/methods/dmlr/attribution';
import { dmlrDetail } from '../../../src/methods/dmlr/detail';
import { dmlr } from '../../../src/methods/dmlr/dmlr';
import { formatReward, formatSigned, formatSize } from '../../../src/text/format';
import { type MethodView, PLAIN_VIEW } from '../../lib/method-view';
import { dmlrText as text } from '../../strings/dmlr';

const settingsOf = dmlr.space.parse;

/** 1 minus an entropy, or a mean surprise (src/methods/dmlr/reward.ts). */
const REWARD_RANGE = { paper: [-Infinity, 1], code: [0, Infinity] } as const;

export const dmlrView: MethodView = {
  ...PLAIN_VIEW,
  facts: (step) => {
    const detail = step && dmlrDetail(step);
    return [{ name: text.sigma, help: text.sigmaHelp, value: detail ? formatSize(detail.sigma) : null }];
  },
  latentFacts: (step, latent) => {
    const own = dmlrDetail(step)?.latents[latent];
    return own === undefined ? [] : [{ name: text.drift, help: text.driftHelp, value: formatSize(own.drift) }];
  },
  columns: [
    { name: text.columns.unperturbed, cell: (step) => formatReward(dmlrDetail(step)?.unperturbedReward) },
    {
      name: text.columns.tries,
      cell: (step) => {
        const tries = dmlrDetail(step)?.candidates ?? [];
        return `${tries.filter(({ accepted }) => accepted).length}/${tries.length}`;
      },
    },
    { name: text.columns.sigma, cell: (step) => formatSize(dmlrDetail(step)?.sigma) },
  ],
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
