// Starts a hub stand-in, and a plain folder beside it, for the browser tests; both serve files made up anew.
import { createCipheriv, createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { startHub } from './hub';
import { EMBEDDED_ID, LISTED_FILE, LISTED_FOLDER, MADE_UP_FILES, MADE_UP_ID, OLD_FOLDER } from './made-up';

declare module 'vitest' {
  interface ProvidedContext {
    /** Origins of the stand-ins: the hub, its storage, and the same folders served plainly. */
    readonly hub: { readonly hub: string; readonly storage: string; readonly plain: string };
  }
}

let stop = async (): Promise<void> => undefined;

export async function setup(project: TestProject): Promise<void> {
  const root = mkdtempSync(join(tmpdir(), 'noema-hub-'));
  const put = (path: string, bytes: Buffer | string): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), bytes);
  };
  for (const [path, bytes] of Object.entries(MADE_UP_FILES)) put(`${MADE_UP_ID}/${path}`, noise(path, bytes));
  const listed = noise(LISTED_FILE, 100_000);
  const sha256 = createHash('sha256').update(listed).digest('hex');
  put(`${LISTED_FOLDER}/${LISTED_FILE}`, listed);
  put(
    `${LISTED_FOLDER}/manifest.json`,
    JSON.stringify({ format: 1, name: 'listed', dtypes: {}, files: { [LISTED_FILE]: { bytes: listed.length, sha256 } } }),
  );
  // 'junction' is what Windows calls a link to a folder that anyone may make.
  symlinkSync(join(import.meta.dirname, '../../public/models'), join(root, EMBEDDED_ID.split('/')[0]), 'junction');
  put(`${OLD_FOLDER}/resolve/main/config.json`, '{}');

  const hub = await startHub({ root, pageSize: 2 });
  const plain = await startHub({ root, plain: true });
  project.provide('hub', { hub: hub.hub, storage: hub.storage, plain: plain.hub });
  stop = async () => {
    await Promise.all([hub.close(), plain.close()]);
    rmSync(root, { recursive: true, force: true });
  };
}

export const teardown = (): Promise<void> => stop();

/** The same bytes every time, that look like none other: a cipher's stream with the name for its key. */
function noise(name: string, bytes: number): Buffer {
  const cipher = createCipheriv('aes-128-ctr', Buffer.from(name.padStart(16, '.').slice(-16)), Buffer.alloc(16));
  return cipher.update(Buffer.alloc(bytes));
}
