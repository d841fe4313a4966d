// The reward's true gradient by the latents, where a setting asks for it, and how well an estimate points along it.
import { fault } from '../../errors';
import { norm } from '../../math/stats';
import type { Context } from '../../model/latent-model';
import type { ThinkRun } from '../method';
import { blockRows, type ThinkBlock } from './evaluate';
import type { DmlrSettings } from './settings';

/** [latents, hidden size] dR/dT at [T, V]. */
export type GradientAt = (block: Pick<ThinkBlock, 'latents' | 'patches'>) => Promise<Float64Array>;

/**
 * What reads the gradient in one run; null where no setting asks for it. A latent's gradient is the sum over the rows it stands in.
 * Throws BAD_INPUT when the model has none, or the settings ask for the gradient of another loop or reward than the paper's.
 */
export function createGradient(run: ThinkRun<DmlrSettings>, reader: Context): GradientAt | null {
  const { model, settings, signal } = run;
  const { exactGradient, measureCosine, algorithm, rewardForm } = settings;
  if (!exactGradient && !measureCosine) return null;
  const asking = exactGradient ? 'exactGradient' : 'measureCosine';
  if (!model.info.gradient) {
    throw fault(
      'BAD_INPUT',
      `${asking} needs a gradient graph, and ${model.info.name} has none; the embedded model has one.`,
      `Set ${asking} to false, or load the embedded model.`,
    );
  }
  if (algorithm !== 'paper' || rewardForm !== 'paper') {
    const [name, value] = algorithm === 'paper' ? ['rewardForm', rewardForm] : ['algorithm', algorithm];
    throw fault(
      'BAD_INPUT',
      `${asking} is of the paper’s loop and reward, and ${name} is ${value}.`,
      `Set ${name} to paper, or ${asking} to false.`,
    );
  }
  return async ({ latents, patches }) => {
    const { rows, scored, written } = blockRows(run, reader, { latents, patches });
    const { gradient } = await model.rewardGradient(reader, { rows, scoredRows: scored, topK: settings.topK }, signal);
    const { hiddenSize } = model.info;
    const sum = new Float64Array(latents.length);
    for (const [index, row] of written.entries()) {
      if (row.kind !== 'latent') continue;
      for (let i = 0; i < hiddenSize; i++) sum[row.latent * hiddenSize + i] += gradient[index * hiddenSize + i];
    }
    return sum;
  };
}

/** The cosine of two directions, -1..1; null where one of them has no length. */
export function cosine(a: Float64Array, b: Float64Array): number | null {
  const lengths = norm(a) * norm(b);
  if (lengths === 0) return null;
  return Math.max(-1, Math.min(1, a.reduce((sum, value, i) => sum + value * b[i], 0) / lengths));
}
