// Files as numbered pieces in the Cache API, for browsers without a private file system; and in memory, where there is neither.
import { CACHE } from './hold-cache';
import type { Store, StoredFile } from './store';

/** Blobs by name. */
interface Pieces {
  get(name: string): Promise<Blob | null>;
  put(name: string, piece: Blob): Promise<void>;
  remove(name: string): Promise<void>;
  names(): Promise<readonly string[]>;
}

/** Null where there is no Cache API, as on pages served without encryption. */
export async function cachePieces(): Promise<Pieces | null> {
  try {
    const cache = await caches.open(CACHE);
    const base = new URL(`/${CACHE}/`, location.href).href;
    const key = (name: string): string => base + name.split('/').map(encodeURIComponent).join('/');
    return {
      get: async (name) => (await (await cache.match(key(name)))?.blob()) ?? null,
      put: (name, piece) => cache.put(key(name), new Response(piece)),
      remove: async (name) => void (await cache.delete(key(name))),
      names: async () => (await cache.keys()).map(({ url }) => url.slice(base.length).split('/').map(decodeURIComponent).join('/')),
    };
  } catch {
    return null;
  }
}

export function memoryPieces(): Pieces {
  const pieces = new Map<string, Blob>();
  return {
    get: async (name) => pieces.get(name) ?? null,
    put: async (name, piece) => void pieces.set(name, piece),
    remove: async (name) => void pieces.delete(name),
    names: async () => [...pieces.keys()],
  };
}

/** Bytes [start, end) of a file. */
interface Chunk {
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

const FILES = 'files';
const METADATA = 'notes';

export class ChunkStore implements Store {
  readonly #pieces: Pieces;

  constructor(pieces: Pieces) {
    this.#pieces = pieces;
  }

  async open(folder: string, file: string): Promise<StoredFile> {
    return new ChunkedFile(this.#pieces, `${folder}/${FILES}/${file}`, await this.#chunks(folder, file));
  }

  async blob(folder: string, file: string): Promise<Blob | null> {
    const chunks = await this.#chunks(folder, file);
    if (chunks.length === 0) return null;
    const blobs = await Promise.all(chunks.map(({ name }) => this.#pieces.get(name)));
    return new Blob(blobs.filter((blob) => blob !== null));
  }

  async bytes(folder: string, file: string): Promise<number> {
    return (await this.#chunks(folder, file)).at(-1)?.end ?? 0;
  }

  async remove(folder: string, file: string): Promise<void> {
    const chunks = await this.#chunks(folder, file);
    await Promise.all([`${folder}/${METADATA}/${file}`, ...chunks.map(({ name }) => name)].map((name) => this.#pieces.remove(name)));
  }

  async readMetadata(folder: string, name: string): Promise<unknown> {
    const note = await this.#pieces.get(`${folder}/${METADATA}/${name}`);
    try {
      return note === null ? null : (JSON.parse(await note.text()) as unknown);
    } catch {
      return null;
    }
  }

  writeMetadata(folder: string, name: string, value: unknown): Promise<void> {
    return this.#pieces.put(`${folder}/${METADATA}/${name}`, new Blob([JSON.stringify(value)]));
  }

  async folders(): Promise<readonly string[]> {
    const folders = new Set((await this.#pieces.names()).map((name) => name.split('/')[0]));
    return [...folders].filter((name) => !name.startsWith('@'));
  }

  async files(folder: string): Promise<ReadonlyMap<string, number>> {
    const sizes = new Map<string, number>();
    for (const name of await this.#pieces.names()) {
      const [of, part, file, range] = name.split('/');
      if (of === folder && part === FILES) sizes.set(file, Math.max(sizes.get(file) ?? 0, Number(range.split('-')[1])));
    }
    return sizes;
  }

  async removeFolder(folder: string): Promise<void> {
    const names = (await this.#pieces.names()).filter((name) => name.startsWith(`${folder}/`));
    await Promise.all(names.map((name) => this.#pieces.remove(name)));
  }

  /** The pieces of a file that follow each other without a gap from its start. */
  async #chunks(folder: string, file: string): Promise<Chunk[]> {
    const prefix = `${folder}/${FILES}/${file}/`;
    const found = (await this.#pieces.names()).flatMap((name) => {
      if (!name.startsWith(prefix)) return [];
      const [start, end] = name.slice(prefix.length).split('-').map(Number);
      return [{ name, start, end }];
    });
    found.sort((a, b) => a.start - b.start);
    let reach = 0;
    return found.filter(({ start, end }) => {
      if (start !== reach) return false;
      reach = end;
      return true;
    });
  }
}

class ChunkedFile implements StoredFile {
  readonly #pieces: Pieces;
  readonly #prefix: string;
  readonly #chunks: Chunk[];
  #waiting: Uint8Array<ArrayBuffer>[] = [];
  #stored: number;
  bytes: number;

  constructor(pieces: Pieces, prefix: string, chunks: Chunk[]) {
    this.#pieces = pieces;
    this.#prefix = prefix;
    this.#chunks = chunks;
    this.#stored = chunks.at(-1)?.end ?? 0;
    this.bytes = this.#stored;
  }

  append(piece: Uint8Array<ArrayBuffer>): void {
    this.#waiting.push(piece);
    this.bytes += piece.length;
  }

  async flush(): Promise<void> {
    if (this.bytes === this.#stored) return;
    const piece = new Blob(this.#waiting);
    this.#waiting = [];
    await this.#put(piece);
  }

  async truncate(bytes: number): Promise<void> {
    if (bytes >= this.bytes) return;
    await this.flush();
    const cut = this.#chunks.filter(({ end }) => end > bytes);
    const first = cut.at(0);
    const kept = first ? ((await this.#pieces.get(first.name))?.slice(0, bytes - first.start) ?? new Blob()) : new Blob();
    await Promise.all(cut.map(({ name }) => this.#pieces.remove(name)));
    this.#chunks.splice(this.#chunks.length - cut.length);
    this.#stored = this.#chunks.at(-1)?.end ?? 0;
    this.bytes = this.#stored + kept.size;
    if (kept.size > 0) await this.#put(kept);
  }

  async *read(): AsyncGenerator<Uint8Array, void, undefined> {
    for (const { name } of this.#chunks) {
      const piece = await this.#pieces.get(name);
      if (piece === null) return;
      yield new Uint8Array(await piece.arrayBuffer());
    }
    yield* this.#waiting;
  }

  close(): Promise<void> {
    return this.flush();
  }

  async #put(piece: Blob): Promise<void> {
    const [start, end] = [this.#stored, this.#stored + piece.size];
    const name = `${this.#prefix}/${start}-${end}`;
    try {
      await this.#pieces.put(name, piece);
    } catch (error) {
      this.bytes = start;
      throw error;
    }
    this.#chunks.push({ name, start, end });
    this.#stored = end;
  }
}
