// Reads think blocks after a run as the run itself does: their rows, and their rewards.
import type { Probe, ThinkRun } from '../method';
import { createEvaluator, decodedRows, rewardContext } from './evaluate';
import { latentRows, layoutRows } from './layout';
import type { DmlrSettings } from './settings';

/** Opens the probe of a run. Rejects as the run's own passes do. */
export async function probeOf(run: ThinkRun<DmlrSettings>): Promise<Probe> {
  const { settings } = run;
  const evaluate = createEvaluator(run, await rewardContext(run));
  return {
    rows: ({ latents, patches }) => decodedRows(run, latents, patches),
    latentRows: ({ patches }) => {
      // Written once more over the first rows, each latent stands there.
      if (settings.latentsOverwrite) return [...patches.keys()];
      return latentRows(layoutRows(settings.layout, settings.answerPatches ? patches : patches.map(() => [])));
    },
    rewards: async (blocks) => (await evaluate(blocks.map((block) => ({ ...block, details: false })))).map(({ reward }) => reward),
  };
}
