// A folder served with the page itself: fetched as the page is, checked, never stored by us (the browser keeps it as it keeps the page).
import { EngineFault, cancelled, fault } from '../../src/engine/errors';
import { nameOfSource } from '../../src/engine/model-source';
import type { FetchOptions, FileFacts, ModelFolder } from './model-folder';
import { manifestFacts } from './manifest-facts';
import { damaged, notInFolder } from './words';

/** `url` is absolute and ends in '/'. */
export class SiteFolder implements ModelFolder {
  readonly id: string;
  readonly name: string;
  readonly revision = null;
  readonly licence = null;
  readonly #url: string;
  #facts: Promise<ReadonlyMap<string, FileFacts> | null> | null = null;

  constructor(url: string) {
    this.#url = url;
    this.id = nameOfSource({ kind: 'site', url });
    this.name = this.id;
  }

  /** From the folder's manifest.json; null when it has none. */
  list(signal: AbortSignal): Promise<ReadonlyMap<string, FileFacts> | null> {
    this.#facts ??= manifestFacts((path) => this.fetch(path, { signal })).catch((error: unknown) => {
      this.#facts = null;
      throw error;
    });
    return this.#facts;
  }

  async facts(path: string, signal: AbortSignal): Promise<FileFacts | null> {
    const listed = (await this.list(signal))?.get(path);
    if (listed) return listed;
    const response = await this.#request(path, signal, 'HEAD');
    await response.body?.cancel();
    return isThere(response) ? { bytes: null, sha256: null } : null;
  }

  async fetch(path: string, { signal, onBytes, expect }: FetchOptions): Promise<Blob> {
    const response = await this.#request(path, signal, 'GET');
    if (!isThere(response))
      throw notInFolder(path, `${response.url}: ${response.ok ? 'a web page came instead of the file' : `HTTP status ${response.status}`}`);
    const pieces: Uint8Array<ArrayBuffer>[] = [];
    let bytes = 0;
    try {
      const reader = (response.body as ReadableStream<Uint8Array<ArrayBuffer>>).getReader();
      for (;;) {
        const { done, value } = await reader.read();
        if (done) break;
        pieces.push(value);
        bytes += value.length;
        onBytes?.(bytes, bytes);
      }
    } catch (error) {
      throw signal.aborted ? cancelled() : notReached(path, response.url, error);
    }
    const blob = new Blob(pieces);
    const want = expect ?? { bytes: null, sha256: null };
    if (want.bytes !== null && want.bytes !== bytes) throw damaged(path, `${bytes} bytes, expected ${want.bytes}`);
    // A page served without encryption (other than from this machine) has no checksums; the size was compared.
    if (want.sha256 !== null && globalThis.crypto?.subtle) {
      const sha256 = await sha256Of(blob);
      if (sha256 !== want.sha256) throw damaged(path, `SHA-256 ${sha256}, expected ${want.sha256}`);
    }
    return blob;
  }

  async stored(): Promise<number> {
    return 0;
  }

  async touch(): Promise<void> {}

  async #request(path: string, signal: AbortSignal, method: 'GET' | 'HEAD'): Promise<Response> {
    const url = new URL(path, this.#url).href;
    try {
      return await fetch(url, { method, signal });
    } catch (error) {
      if (signal.aborted) throw cancelled();
      if (error instanceof EngineFault) throw error;
      throw notReached(path, url, error);
    }
  }
}

/** A server of single-page applications answers every address with its page: that is not the file. */
const isThere = (response: Response): boolean => response.ok && !response.headers.get('content-type')?.startsWith('text/html');

function notReached(path: string, url: string, error: unknown): EngineFault {
  const name = path.split('/').at(-1) ?? path;
  return fault('DOWNLOAD', `${name} could not be downloaded.`, 'Check the connection and try again.', {
    retry: true,
    detail: `${url}: ${String(error)}`,
  });
}

async function sha256Of(blob: Blob): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', await blob.arrayBuffer()));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
