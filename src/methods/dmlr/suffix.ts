// Turns a think block into embeddings and M-RoPE positions that a model can read after a prefix.
import type { LatentModel, Prefix, Suffix } from '../../model/latent-model';
import { TAIL_TEXT } from '../../prompt/build';
import type { RunSettings } from '../../settings/schema';
import type { ThinkRow } from './layout';

export interface SuffixParts {
  readonly rows: readonly ThinkRow[];
  /** [latents, hidden size] */
  readonly latents: Float32Array;
  /** [tail rows, hidden size]; as many rows of the tail as are wanted, often none. */
  readonly tail: Float32Array;
  readonly hiddenSize: number;
  readonly patchPositions: RunSettings['patchPositions'];
}

/**
 * Builds a suffix after `prefix`. Patches take the image features of that prefix, so the same rows after the prefix of a
 * noised picture take the noised features.
 * Positions: `sequential` counts every row on all three axes; `image` gives a patch its place in the image and does not
 * count it.
 * @throws RangeError when a row names a patch that the prefix's image does not have.
 */
export function buildSuffix(prefix: Prefix, parts: SuffixParts): Suffix {
  const { rows, latents, tail, hiddenSize, patchPositions } = parts;
  const length = rows.length + tail.length / hiddenSize;
  const embeddings = new Float32Array(length * hiddenSize);
  const positions = new Int32Array(3 * length);
  let next = prefix.nextPosition;

  const place = (row: number, source: Float32Array, index: number) => {
    embeddings.set(source.subarray(index * hiddenSize, (index + 1) * hiddenSize), row * hiddenSize);
  };
  const advance = (row: number) => {
    for (let axis = 0; axis < 3; axis++) positions[axis * length + row] = next;
    next += 1;
  };

  for (const [row, item] of rows.entries()) {
    if (item.kind === 'latent') {
      place(row, latents, item.latent);
      advance(row);
      continue;
    }
    const { image } = prefix;
    if (image === null || item.patch >= image.length) throw new RangeError(`the prefix has no image token ${item.patch}`);
    place(row, image.features, item.patch);
    if (patchPositions === 'sequential') advance(row);
    else for (let axis = 0; axis < 3; axis++) positions[axis * length + row] = image.positions[axis * image.length + item.patch];
  }
  for (let row = rows.length; row < length; row++) {
    place(row, tail, row - rows.length);
    advance(row);
  }
  return { length, embeddings, positions };
}

/** [tail rows, hidden size] embeddings of what follows the think block. */
export function tailEmbeddings(model: LatentModel): Promise<Float32Array> {
  return model.embed(model.encode(TAIL_TEXT, true));
}
