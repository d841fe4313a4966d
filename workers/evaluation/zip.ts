// Files in a zip file, read one by one without unpacking the rest.
import { BlobReader, configure, Uint8ArrayWriter, ZipReader, type FileEntry } from '@zip.js/zip.js';
import { fault } from '../../src/errors';

// Node has no workers of the kind that would be started, and the page's policy lets none be made from a string.
configure({ useWebWorkers: false });

export interface Zip {
  /** Paths of its files, with `/` between folders. */
  readonly names: readonly string[];
  /** Size in bytes when unpacked; null where there is no such file. */
  size(name: string): number | null;
  /** A file's bytes. @throws Error when there is none, it is damaged, encrypted, or larger than `most`. */
  read(name: string, most: number): Promise<Uint8Array>;
}

/** @throws EngineFault BAD_INPUT when the file is no zip file that can be read. */
export async function openZip(blob: Blob, path: string): Promise<Zip> {
  const entries = new Map<string, FileEntry>();
  try {
    for await (const entry of new ZipReader(new BlobReader(blob)).getEntriesGenerator())
      if (!entry.directory) entries.set(entry.filename, entry);
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    throw fault('BAD_INPUT', `"${path}" is no zip file that can be read (${reason}).`, 'Pack it again, or name the folder with its files.');
  }
  return {
    names: [...entries.keys()],
    size: (name) => entries.get(name)?.uncompressedSize ?? null,
    async read(name, most) {
      const entry = entries.get(name);
      if (entry === undefined) throw new Error(`there is no ${name} in it`);
      if (entry.encrypted) throw new Error('it is encrypted');
      if (entry.uncompressedSize > most) throw new Error(`it has ${Math.ceil(entry.uncompressedSize / 1e6)} MB when unpacked`);
      return entry.getData(new Uint8ArrayWriter(), { checkSignature: true });
    },
  };
}
