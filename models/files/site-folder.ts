// A folder served with the page itself: fetched as the page is, checked, never stored by us (the browser keeps it as it keeps the page).
import { cancelled } from '../../src/errors';
import { nameOfSource } from '../../src/engine/model-source';
import { sha256Of } from './checksum';
import { mostBytes } from './limits';
import { listFromManifest } from './manifest-list';
import type { FetchOptions, FileFacts, ModelFolder } from './model-folder';
import { isWebPage, readBody } from './request';
import { damaged, noResponse, notInFolder, tooLarge, webPage } from './messages';

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
    this.#facts ??= listFromManifest((path) => this.fetch(path, { signal })).catch((error: unknown) => {
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
    return response.ok && !isWebPage(response) ? { bytes: null, sha256: null } : null;
  }

  async fetch(path: string, { signal, onBytes, expect, most = Infinity }: FetchOptions): Promise<Blob> {
    const response = await this.#request(path, signal, 'GET');
    const url = this.#urlOf(path);
    if (!response.ok) throw notInFolder(path, `${url}: HTTP status ${response.status}`);
    if (isWebPage(response)) throw webPage(path, url);
    const limit = Math.min(most, mostBytes(path));
    const blob = await readBody(response, (bytes) => onBytes?.(bytes, bytes), limit).catch((error: unknown) => {
      throw signal.aborted ? cancelled() : noResponse(path, url, error);
    });
    if (blob === null) throw tooLarge(path, limit);
    const bytes = blob.size;
    const want = expect ?? { bytes: null, sha256: null };
    if (want.bytes !== null && want.bytes !== bytes) throw damaged(path, `${bytes} bytes, expected ${want.bytes}`);
    if (want.sha256 !== null) {
      const sha256 = await sha256Of(blob, signal);
      if (sha256 !== want.sha256) throw damaged(path, `SHA-256 ${sha256}, expected ${want.sha256}`);
    }
    return blob;
  }

  async stored(): Promise<number> {
    return 0;
  }

  async touch(): Promise<void> {}

  async close(): Promise<void> {}

  async #request(path: string, signal: AbortSignal, method: 'GET' | 'HEAD'): Promise<Response> {
    const url = this.#urlOf(path);
    try {
      return await fetch(url, { method, signal });
    } catch (error) {
      throw signal.aborted ? cancelled() : noResponse(path, url, error);
    }
  }

  #urlOf(path: string): string {
    return new URL(path, this.#url).href;
  }
}
