// Where latents and inserted patches stand in the think block, and which of its rows are scored.
import type { Row } from '../../model/latent-model';
import type { DmlrSettings } from './settings';

/** One row of the think block: a latent, or an image token inserted for a latent. */
export type ThinkRow =
  { readonly kind: 'latent'; readonly latent: number } | { readonly kind: 'patch'; readonly latent: number; readonly patch: number };

/** V_1 … V_L: the image tokens inserted for each latent, in the order of their insertion. */
export type PatchLists = readonly (readonly number[])[];

/** The rows of the think block in order (src/README.md, "The sequence"). `patches` has one list per latent. */
export function layoutRows(layout: DmlrSettings['layout'], patches: PatchLists): ThinkRow[] {
  const latents = patches.map((_, latent): ThinkRow[] => [{ kind: 'latent', latent }]);
  const injected = patches.map((list, latent) => list.map((patch): ThinkRow => ({ kind: 'patch', latent, patch })));
  switch (layout) {
    case 'after-each':
      return latents.flatMap((row, i) => [...row, ...injected[i]]);
    case 'before-each':
      return latents.flatMap((row, i) => [...injected[i], ...row]);
    case 'after-all':
      return [...latents.flat(), ...injected.flat()];
  }
}

/** The row number of each latent. */
export function latentRows(rows: readonly ThinkRow[]): number[] {
  return rows.flatMap((row, index) => (row.kind === 'latent' ? [index] : []));
}

/**
 * The rows whose next-token distribution is scored (src/README.md, "The reward"): one per latent, in order, and for
 * `latents-and-end` also `rows.length`, the first row of the closing.
 */
export function scoredRows(scored: DmlrSettings['scoredRows'], layout: DmlrSettings['layout'], rows: readonly ThinkRow[]): number[] {
  const latents = latentRows(rows);
  if (scored === 'latents-and-end') return [...latents, rows.length];
  if (scored === 'latents' || layout === 'before-each') return latents;
  // With patches after their latents a block ends just before the next latent; with patches after all, only the last does.
  const last = latents.length - 1;
  return latents.map((row, i) => (i === last ? rows.length - 1 : layout === 'after-each' ? latents[i + 1] - 1 : row));
}

/**
 * The think block as rows of the model. Patches are rows of the image, so after another picture they take that picture's features.
 * `patchPositions`: `sequential` puts a patch at the next position, `image` at the one it has in the image.
 * @param latents [latents, hidden size] T
 */
export function modelRows(rows: readonly ThinkRow[], latents: Float32Array, patchPositions: DmlrSettings['patchPositions']): Row[] {
  const hiddenSize = latents.length / latentRows(rows).length;
  const position = patchPositions === 'sequential' ? 'next' : 'original';
  return rows.map((row) =>
    row.kind === 'latent'
      ? { kind: 'vector', data: latents.subarray(row.latent * hiddenSize, (row.latent + 1) * hiddenSize) }
      : { kind: 'image', index: row.patch, position },
  );
}
