// Where latents and inserted patches stand in the think block, and which of its rows are scored.
import type { ImageSpan, Row } from '../../model/latent-model';
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

/** The rows with the latents written once more over the first of them, which is what the released code does (`latentsOverwrite`). */
export function overwritten(rows: readonly ThinkRow[]): ThinkRow[] {
  const latents = latentRows(rows).length;
  return rows.map((row, index) => (index < latents ? { kind: 'latent', latent: index } : row));
}

/** The row number of each latent. */
export function latentRows(rows: readonly ThinkRow[]): number[] {
  return rows.flatMap((row, index) => (row.kind === 'latent' ? [index] : []));
}

/**
 * The rows whose next-token distribution is scored (src/README.md, "The reward"): one per latent, in order, or the block's first rows
 * wherever the latents stand; for `latents-and-end` and `first-rows-and-next` one more. A row `rows.length` is the first of the closing.
 */
export function scoredRows(scored: DmlrSettings['scoredRows'], layout: DmlrSettings['layout'], rows: readonly ThinkRow[]): number[] {
  const latents = latentRows(rows);
  switch (scored) {
    case 'first-rows':
      return [...latents.keys()];
    case 'first-rows-and-next':
      return [...latents.keys(), latents.length];
    case 'latents-and-end':
      return [...latents, rows.length];
    case 'latents':
      return latents;
    case 'block-ends': {
      if (layout === 'before-each') return latents;
      // With patches after their latents a block ends just before the next latent; with patches after all, only the last does.
      const last = latents.length - 1;
      return latents.map((row, i) => (i === last ? rows.length - 1 : layout === 'after-each' ? latents[i + 1] - 1 : row));
    }
  }
}

export interface BlockStyle extends Pick<DmlrSettings, 'patchPositions' | 'insertedRows'> {
  /** The image whose patches are inserted. */
  readonly image: ImageSpan | null;
  /** Whether the rows follow a context that has read that image; otherwise features go as vectors, at the next positions. */
  readonly seesImage: boolean;
}

/**
 * The think block as rows of the model. Patches are rows of the image, so after another picture they take that picture's features.
 * `patchPositions`: `sequential` puts a patch at the next position, `image` at the one it has in the image.
 * @param latents [latents, hidden size] T
 */
export function modelRows(rows: readonly ThinkRow[], latents: Float32Array, style: BlockStyle): Row[] {
  const count = rows.reduce((most, row) => (row.kind === 'latent' ? Math.max(most, row.latent + 1) : most), 0);
  const hiddenSize = latents.length / count;
  const position = style.patchPositions === 'sequential' ? 'next' : 'original';
  return rows.map((row): Row => {
    if (row.kind === 'latent') return { kind: 'vector', data: latents.subarray(row.latent * hiddenSize, (row.latent + 1) * hiddenSize) };
    const { image } = style;
    if (style.insertedRows === 'placeholders' && image !== null) return { kind: 'token', id: image.placeholder };
    if (style.seesImage || image === null) return { kind: 'image', index: row.patch, position };
    return { kind: 'vector', data: image.features.subarray(row.patch * hiddenSize, (row.patch + 1) * hiddenSize) };
  });
}
