// Fetches one file with progress, a checksum and clear words for what can go wrong.
import { EngineFault, cancelled, fault } from '../../src/engine/errors';

export interface FetchOptions {
  readonly signal: AbortSignal;
  /** Called with the number of bytes that just arrived. */
  readonly onBytes?: (bytes: number) => void;
  /** Size and SHA-256 (lower-case hex) the file must have. */
  readonly expect?: { readonly bytes: number; readonly sha256: string };
}

/**
 * The bytes of `url`. Throws CANCELLED, DOWNLOAD (no answer, an error status, a web page in place of the file, a broken
 * connection) or INTEGRITY (wrong size or checksum).
 */
export async function fetchFile(url: string, options: FetchOptions): Promise<Uint8Array<ArrayBuffer>> {
  const name = url.split('/').at(-1) ?? url;
  let bytes: Uint8Array<ArrayBuffer>;
  try {
    const response = await fetch(url, { signal: options.signal });
    if (!response.ok) throw notFound(name, url, `HTTP status ${response.status}`);
    if (response.headers.get('content-type')?.startsWith('text/html')) throw notFound(name, url, 'a web page came instead of the file');
    bytes = await readBody(response, options.onBytes);
  } catch (error) {
    if (options.signal.aborted) throw cancelled();
    if (error instanceof EngineFault) throw error;
    throw fault('DOWNLOAD', `${name} could not be downloaded.`, 'Check the connection and try again.', {
      retry: true,
      detail: `${url}: ${String(error)}`,
    });
  }
  if (options.expect) await verify(name, bytes, options.expect);
  return bytes;
}

/** The parsed JSON of `url`. Throws as `fetchFile` does, and BAD_MODEL when it is no JSON. */
export async function fetchJson(url: string, options: FetchOptions): Promise<unknown> {
  return parseJson(url.split('/').at(-1) ?? url, await fetchFile(url, options));
}

/** Throws BAD_MODEL naming the file when its bytes are no JSON. */
export function parseJson(name: string, bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes)) as unknown;
  } catch (error) {
    throw fault('BAD_MODEL', `${name} is not valid JSON.`, 'Check the model folder.', { detail: String(error) });
  }
}

async function readBody(response: Response, onBytes?: (bytes: number) => void): Promise<Uint8Array<ArrayBuffer>> {
  if (!response.body || !onBytes) {
    const whole = new Uint8Array(await response.arrayBuffer());
    onBytes?.(whole.length);
    return whole;
  }
  const pieces: Uint8Array[] = [];
  let length = 0;
  const reader = response.body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    pieces.push(value);
    length += value.length;
    onBytes(value.length);
  }
  const whole = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

async function verify(name: string, bytes: Uint8Array<ArrayBuffer>, expect: { bytes: number; sha256: string }): Promise<void> {
  const broken = (detail: string): EngineFault =>
    fault(
      'INTEGRITY',
      `${name} did not arrive as it was published.`,
      'Load again; if it happens again, the copy on the server is damaged.',
      { retry: true, detail },
    );
  if (bytes.length !== expect.bytes) throw broken(`${bytes.length} bytes, expected ${expect.bytes}`);
  // A page served without encryption (other than from this machine) has no checksums; the size was compared.
  if (!globalThis.crypto?.subtle) return;
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  const hex = Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
  if (hex !== expect.sha256) throw broken(`SHA-256 ${hex}, expected ${expect.sha256}`);
}

function notFound(name: string, url: string, detail: string): EngineFault {
  return fault('DOWNLOAD', `${name} is not in the model folder.`, 'Check the address of the model folder.', {
    retry: true,
    detail: `${url}: ${detail}`,
  });
}
