// A folder of any web server: its own manifest.json lists it where there is one; else each file is requested by name.
import { nameOfSource } from '../../src/engine/model-source';
import { listFromManifest } from './manifest-list';
import type { FileFacts } from './model-folder';
import { Retrier } from './retry';
import type { Remote } from './remote';
import { byteCount, fetchOnce, isWebPage } from './request';
import type { Tuning } from './tuning';
import { accessDenied, notInFolder, refused } from './messages';

/** `url` is absolute and ends in '/'. Sends no request yet. */
export function plainFolder(url: string, { tuning }: { readonly tuning: Tuning }): Remote {
  const address = url.replace(/^https?:\/\//, '').replace(/\/$/, '');
  const urlOf = (path: string): string => url + path.split('/').map(encodeURIComponent).join('/');
  return {
    id: address,
    name: nameOfSource({ kind: 'url', url }),
    revision: null,
    licence: null,
    key: address,
    asked: url,
    pinned: false,
    credentials: null,
    urlOf,
    list: (_signal, fetch) => listFromManifest(fetch),
    probe: (path, signal) => probe(urlOf(path), path, tuning, signal),
    refusal: (path, { status, url }) => {
      if (status === 401) return accessDenied(address, false, `${url}: HTTP status ${status}`);
      return isMissing(status) ? notInFolder(path, `${url}: HTTP status ${status}`) : refused(path, status, url);
    },
  };
}

/** Storage services that may not be listed answer 403 for what is not there. */
const isMissing = (status: number): boolean => status === 403 || status === 404 || status === 410;

async function probe(url: string, path: string, tuning: Tuning, signal: AbortSignal): Promise<FileFacts | null> {
  const probeBy = (method: 'HEAD' | 'GET'): Promise<FileFacts | null | 'no-head'> =>
    new Retrier(tuning, signal).run(() =>
      fetchOnce({ url, path, method }, tuning.stallMs, signal, async (response) => {
        // The headers say all that is needed.
        await response.body?.cancel();
        const { status, ok, headers } = response;
        if (status === 405 || status === 501) return 'no-head';
        if (isMissing(status) || (ok && isWebPage(response))) return null;
        if (status === 401) throw accessDenied(new URL(url).host, false, `${url}: HTTP status ${status}`);
        if (!ok) throw refused(path, status, url);
        return { bytes: byteCount(headers.get('content-length')), sha256: checksumOf(headers.get('x-linked-etag')) };
      }),
    );
  const facts = await probeBy('HEAD');
  if (facts !== 'no-head') return facts;
  const whole = await probeBy('GET');
  if (whole === 'no-head') throw refused(path, 405, url);
  return whole;
}

/** A hub names a large file by its SHA-256; an ordinary ETag means nothing of the kind, however long it is. */
const checksumOf = (etag: string | null): string | null => /^"?([0-9a-f]{64})"?$/.exec(etag ?? '')?.[1] ?? null;
