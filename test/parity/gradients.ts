// Holds a model's reward gradients to the golden ones: every layout, patches at their own positions, rows after the block.
import { expect } from 'vitest';
import { layoutRows, modelRows } from '../../src/methods/dmlr/layout';
import type { Context, LatentModel } from '../../src/model/latent-model';
import { relativeError } from '../browser/numbers';
import { floats, type Encoded } from './fixtures';

export interface GradientsFile {
  readonly picture: string;
  readonly question: string;
  /** [latents, hidden size] of every case. */
  readonly latents: Encoded;
  readonly cases: readonly {
    readonly name: string;
    readonly layout: 'after-each' | 'after-all' | 'before-each';
    readonly patches: readonly (readonly number[])[];
    readonly patchPositions: 'sequential' | 'image';
    readonly topK: number;
    readonly rows: readonly number[];
    readonly reward: number;
    /** [rows, hidden size], those of the closing among them. */
    readonly gradient: Encoded;
  }[];
}

/** Compares rewards and gradients after a context of the file's question and picture; `tolerance` is relative to the largest derivative. */
export async function expectGradients(model: LatentModel, context: Context, file: GradientsFile, tolerance: number): Promise<void> {
  const latents = floats(file.latents);
  for (const { name, layout, patches, patchPositions, topK, rows, reward, gradient } of file.cases) {
    const style = { patchPositions, insertedRows: 'features', image: context.image, seesImage: true } as const;
    const all = [...modelRows(layoutRows(layout, patches), latents, style), ...context.closing.rows];
    const found = await model.rewardGradient(context, { rows: all, scoredRows: rows, topK }, { aborted: false });
    expect(Math.abs(found.reward - reward), `${name}: reward`).toBeLessThan(tolerance);
    expect(relativeError(floats(gradient), found.gradient), `${name}: gradient`).toBeLessThan(tolerance);
  }
}
