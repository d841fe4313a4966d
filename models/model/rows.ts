// Rows of a method as what the decoder is fed: embeddings and positions.
import { fault } from '../../src/errors';
import type { Row } from '../../src/model/latent-model';
import type { ContextFacts } from './kept-context';

/** Rows resolved after a context. */
export interface ResolvedRows {
  readonly length: number;
  /** [length, hidden size] */
  readonly embeddings: Float32Array;
  /** [axes, length] */
  readonly positions: Int32Array;
  /** The position that a row after them gets. */
  readonly nextPosition: number;
}

/** What is needed to resolve rows. */
export interface RowSpace {
  readonly hiddenSize: number;
  readonly positionAxes: number;
  /** [ids, hidden size] */
  embed(ids: Uint32Array): Promise<Float32Array>;
}

/**
 * Resolves rows after a context. A row takes the next position on every axis; an image token `at its original position` takes
 * the image's and does not advance the count. Throws BAD_INPUT for no rows, a vector of another size, or an image token that
 * the context does not have.
 */
export async function resolveRows(
  rows: readonly Row[],
  context: Pick<ContextFacts, 'image' | 'imagePositions' | 'nextPosition'>,
  space: RowSpace,
): Promise<ResolvedRows> {
  const { hiddenSize, positionAxes: axes } = space;
  if (rows.length === 0) throw fault('BAD_INPUT', 'There are no rows to be read.', 'Give at least one row.');
  const ids = Uint32Array.from(rows.flatMap((row) => (row.kind === 'token' ? [row.id] : [])));
  const tokens = ids.length === 0 ? new Float32Array() : await space.embed(ids);
  const embeddings = new Float32Array(rows.length * hiddenSize);
  const positions = new Int32Array(axes * rows.length);
  let token = 0;
  let next = context.nextPosition;
  for (const [index, row] of rows.entries()) {
    let place: (axis: number) => number = () => next;
    if (row.kind === 'vector') {
      if (row.data.length !== hiddenSize) throw wrongSize(row.data.length, hiddenSize);
      embeddings.set(row.data, index * hiddenSize);
    } else if (row.kind === 'token') {
      embeddings.set(tokens.subarray(token * hiddenSize, (token + 1) * hiddenSize), index * hiddenSize);
      token += 1;
    } else {
      const { image } = context;
      if (image === null || !(row.index >= 0 && row.index < image.length)) throw noImageToken(row.index, image?.length ?? 0);
      embeddings.set(image.features.subarray(row.index * hiddenSize, (row.index + 1) * hiddenSize), index * hiddenSize);
      if (row.position === 'original') place = (axis) => context.imagePositions[axis * image.length + row.index];
    }
    for (let axis = 0; axis < axes; axis += 1) positions[axis * rows.length + index] = place(axis);
    if (row.kind !== 'image' || row.position === 'next') next += 1;
  }
  return { length: rows.length, embeddings, positions, nextPosition: next };
}

/** Resolved rows of several candidates one after another, as one pass reads them. */
export function concatenate(parts: readonly ResolvedRows[], axes: number): Pick<ResolvedRows, 'length' | 'embeddings' | 'positions'> {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const embeddings = new Float32Array(parts.reduce((sum, part) => sum + part.embeddings.length, 0));
  const positions = new Int32Array(axes * length);
  let row = 0;
  let at = 0;
  for (const part of parts) {
    embeddings.set(part.embeddings, at);
    for (let axis = 0; axis < axes; axis += 1) {
      positions.set(part.positions.subarray(axis * part.length, (axis + 1) * part.length), axis * length + row);
    }
    at += part.embeddings.length;
    row += part.length;
  }
  return { length, embeddings, positions };
}

/** Columns start..start+length of an [axes, rows] array, as [axes, length]. */
export function columns(positions: Int32Array, axes: number, start: number, length: number): Int32Array {
  const rows = positions.length / axes;
  const part = new Int32Array(axes * length);
  for (let axis = 0; axis < axes; axis += 1) part.set(positions.subarray(axis * rows + start, axis * rows + start + length), axis * length);
  return part;
}

function wrongSize(size: number, hiddenSize: number) {
  return fault('BAD_INPUT', `A vector row has ${size} numbers; this model's rows have ${hiddenSize}.`, 'Give vectors of the hidden size.');
}

function noImageToken(index: number, length: number) {
  return fault(
    'BAD_INPUT',
    `There is no image token ${index}; the picture has ${length}.`,
    'Insert image tokens of the picture that was read.',
  );
}
