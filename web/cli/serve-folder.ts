// Serves one folder of this machine to our own headless browser, with ranges, and nothing outside that folder.
import { createReadStream, statSync } from 'node:fs';
import { join, resolve, sep } from 'node:path';
import type { ServerResponse } from 'node:http';
import type { Connect, Plugin } from 'vite';

/**
 * The file a request path names, or null when it names none inside `folder`. `path` is percent-encoded and relative. Links inside the folder
 * are followed: a hub's cache keeps a model's files as links.
 */
export function fileWithin(folder: string, path: string): string | null {
  try {
    const root = resolve(folder);
    const file = join(root, decodeURIComponent(path));
    return file.startsWith(root + sep) && statSync(file).isFile() ? file : null;
  } catch {
    return null;
  }
}

/** First and last byte of a `Range` header over `size` bytes; null when there is none that can be given. */
export function byteRange(header: string | undefined, size: number): { readonly start: number; readonly end: number } | null {
  const [, from, to] = /^bytes=(\d+)-(\d*)$/.exec(header ?? '') ?? [];
  if (from === undefined) return null;
  const start = Number(from);
  const end = to === '' ? size - 1 : Math.min(Number(to), size - 1);
  return start <= end ? { start, end } : null;
}

function send(file: string, header: string | undefined, response: ServerResponse): void {
  const size = statSync(file).size;
  const range = byteRange(header, size);
  const { start, end } = range ?? { start: 0, end: size - 1 };
  response.setHeader('Accept-Ranges', 'bytes');
  response.setHeader('Content-Type', file.endsWith('.json') ? 'application/json' : 'application/octet-stream');
  response.setHeader('Content-Length', size === 0 ? 0 : end - start + 1);
  if (range !== null) response.setHeader('Content-Range', `bytes ${start}-${end}/${size}`);
  response.statusCode = range === null ? 200 : 206;
  if (size === 0) response.end();
  else createReadStream(file, { start, end }).pipe(response);
}

/** Answers requests below `prefix` (which ends in '/') with files of `folder`; what is not there is 404. */
export function serveFolder(prefix: string, folder: string): Plugin {
  const answer: Connect.NextHandleFunction = (request, response, next) => {
    const [path] = (request.url ?? '').split('?');
    if (!path.startsWith(prefix)) return next();
    const file = fileWithin(folder, path.slice(prefix.length));
    if (file !== null) return send(file, request.headers.range, response);
    response.statusCode = 404;
    response.end();
  };
  return {
    name: 'noema:serve-folder',
    configureServer: (server) => void server.middlewares.use(answer),
    configurePreviewServer: (server) => void server.middlewares.use(answer),
  };
}
