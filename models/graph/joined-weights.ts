// Weights joined end to end without copying any: their files become lists of slices of the published ones.
import { create } from '@bufbuild/protobuf';
import { tooShort } from './external-files';
import { StringStringEntryProtoSchema, TensorProto_DataLocation as Location, TensorProtoSchema, type TensorProto } from './onnx_pb';
import { concatenate } from './records';
import type { Rewrite } from './rewrite';
import { hasHiddenWeights, type Weights, type FilePart, type Weight } from './weights';

/** A weight file as it is to be handed to the runtime: pieces of published files, and bytes that were inside the graph. */
export interface JoinedFile {
  readonly path: string;
  readonly pieces: readonly (FilePart | Uint8Array)[];
}

interface Join {
  readonly name: string;
  readonly dims: readonly number[];
  readonly parts: readonly Weight[];
}

/**
 * Collects joins and writes them into a graph. A file that a joined weight comes from is laid out anew: first what stays, in its
 * order, then the joined weights, so that the runtime is given no byte twice; a join of several files goes to the first's.
 */
export class JoinedWeights {
  readonly #weights: Weights;
  readonly #outside: ReturnType<Weights['outside']>;
  readonly #joins: Join[] = [];

  constructor(
    readonly rewrite: Rewrite,
    weights: Weights,
  ) {
    this.#weights = weights;
    this.#outside = hasHiddenWeights(rewrite.wiring) ? null : this.#weights.outside();
  }

  /** A weight that can be joined with others; null when there is none of that name, or where it lies cannot be laid out anew. */
  find(name: string): Weight | null {
    const weight = this.#weights.find(name);
    return weight && (weight.bytes instanceof Uint8Array || this.#outside) ? weight : null;
  }

  /** The weight `name` of sizes `dims` takes the place of `parts`, whose bytes it has in their order. Nothing else may read these. */
  join(name: string, dims: readonly number[], parts: readonly Weight[]): void {
    this.#joins.push({ name, dims, parts });
  }

  /** Writes the joined weights into the graph; the files that change, as they are to be handed over. */
  write(): readonly JoinedFile[] {
    const files = new Map<string, (FilePart | Uint8Array)[]>();
    const moved = new Set(this.#joins.flatMap(({ parts }) => parts.map(({ record }) => record)));
    const changed = new Set(
      this.#joins.flatMap(({ parts }) => parts.flatMap(({ bytes }) => (bytes instanceof Uint8Array ? [] : [bytes.path]))),
    );
    for (const path of changed) files.set(path, []);
    const staying = (this.#outside ?? []).filter(({ bytes, record }) => changed.has(bytes.path) && !moved.has(record));
    const ends = new Map<string, number>();
    const place = (path: string, pieces: readonly (FilePart | Uint8Array)[]): FilePart => {
      const start = ends.get(path) ?? 0;
      const end = pieces.reduce((sum, piece) => sum + lengthOf(piece), start);
      ends.set(path, end);
      files.get(path)?.push(...pieces);
      return { path, start, end };
    };
    for (const weight of staying.toSorted((a, b) => a.bytes.start - b.bytes.start)) {
      const tensor = this.#weights.tensor(weight);
      this.rewrite.reweigh(weight.record, lyingAt(tensor, place(weight.bytes.path, [weight.bytes])));
    }
    for (const { name, dims, parts } of this.#joins) {
      for (const { record } of parts) this.rewrite.drop(record);
      const pieces = parts.map(({ bytes }) => bytes);
      const outside = pieces.find((piece): piece is FilePart => !(piece instanceof Uint8Array));
      const tensor = create(TensorProtoSchema, { name, dataType: parts[0].type, dims: dims.map(BigInt) });
      if (outside) lyingAt(tensor, place(outside.path, pieces));
      else tensor.rawData = concatenate(pieces as Uint8Array[]);
      this.rewrite.constants([tensor]);
    }
    return [...files].map(([path, pieces]) => ({ path, pieces: merged(pieces) }));
  }
}

/** What a weight file is handed over as. */
type Data = Uint8Array | Blob;

/**
 * The external data of `graph`, whose files were laid out anew: each changed file a Blob of slices, which copies nothing of what
 * lies on the disk. Throws BAD_MODEL when a published file is shorter than its graph says: a slice beyond its end would move
 * every weight behind it.
 */
export function joinFiles(
  data: readonly { readonly path: string; readonly data: Data }[],
  files: readonly JoinedFile[],
  graph: string,
): { path: string; data: Data }[] {
  const published = new Map(data.map((file) => [file.path, file.data]));
  const cut = ({ path, start, end }: FilePart): BlobPart => {
    const file = published.get(path);
    const size = file instanceof Uint8Array ? file.byteLength : (file?.size ?? 0);
    if (!file || end > size) throw tooShort(path, size, graph, end);
    return file instanceof Uint8Array ? (file.subarray(start, end) as Uint8Array<ArrayBuffer>) : file.slice(start, end);
  };
  const joined = new Map(
    files.map(({ path, pieces }) => [
      path,
      new Blob(pieces.map((piece) => (piece instanceof Uint8Array ? (piece as Uint8Array<ArrayBuffer>) : cut(piece)))),
    ]),
  );
  return data.map(({ path, data: own }) => ({ path, data: joined.get(path) ?? own }));
}

const lengthOf = (piece: FilePart | Uint8Array): number => (piece instanceof Uint8Array ? piece.length : piece.end - piece.start);

/** The tensor with its numbers at another place beside the graph. */
function lyingAt(tensor: TensorProto, { path, start, end }: FilePart): TensorProto {
  const entries = { location: path, offset: String(start), length: String(end - start) };
  tensor.dataLocation = Location.EXTERNAL;
  tensor.externalData = Object.entries(entries).map(([key, value]) => create(StringStringEntryProtoSchema, { key, value }));
  return tensor;
}

/** Neighbours in the same file become one piece. */
function merged(pieces: readonly (FilePart | Uint8Array)[]): (FilePart | Uint8Array)[] {
  const found: (FilePart | Uint8Array)[] = [];
  for (const piece of pieces) {
    const last = found.at(-1);
    if (piece instanceof Uint8Array || !last || last instanceof Uint8Array || last.path !== piece.path || last.end !== piece.start) {
      found.push(piece);
    } else found[found.length - 1] = { ...last, end: piece.end };
  }
  return found;
}
