// Sends a file or a range of it, as well or as badly as a rule says.
import { createReadStream } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Entry, Rule } from './rule';

export interface Body {
  readonly place: string;
  readonly bytes: number;
  readonly etag: string;
  readonly modified: Date;
}

const PIECE = 64 * 1024;
/** A connection that is cut takes with it what the other side has not read yet. */
const BEFORE_CUT_MS = 200;

/** Answers with the headers given and the file's bytes. Resolves when all that will be sent has been. */
export async function sendFile(
  request: IncomingMessage,
  response: ServerResponse,
  body: Body,
  headers: Record<string, string>,
  rule: Rule,
  entry: Entry,
): Promise<void> {
  const size = body.bytes - (rule.shortBy ?? 0);
  const range = rule.noRanges ? null : /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '');
  const start = range ? Number(range[1]) : 0;
  const end = Math.min(size, range?.[2] ? Number(range[2]) + 1 : size);
  const all: Record<string, string> = {
    ...headers,
    'Content-Type': 'application/octet-stream',
    ETag: body.etag,
    'Last-Modified': rule.lastModified ?? body.modified.toUTCString(),
  };
  if (!rule.noRanges) all['Accept-Ranges'] = 'bytes';
  if (range && start >= size) {
    entry.status = 416;
    response.writeHead(416, { ...all, 'Content-Range': `bytes */${size}` }).end();
    return;
  }
  entry.status = range ? 206 : 200;
  if (range) all['Content-Range'] = `bytes ${start}-${end - 1}/${size}`;
  if (!rule.noLength) all['Content-Length'] = String(end - start);
  response.writeHead(entry.status, all);
  if (request.method === 'HEAD') {
    response.end();
    return;
  }
  const stop = Math.min(end, rule.cutAt ?? end, rule.holdAt ?? end);
  if (stop > start) await write(response, body.place, start, stop, rule, entry);
  if (rule.holdAt !== undefined && stop < end) return;
  if (rule.cutAt !== undefined && stop < end) {
    await sleep(BEFORE_CUT_MS);
    response.destroy();
  } else response.end();
}

/** Bytes [start, stop) of the file, no faster than the rule allows, until the other side goes away. */
async function write(
  response: ServerResponse,
  place: string,
  start: number,
  stop: number,
  { flip, bytesPerSecond }: Rule,
  entry: Entry,
): Promise<void> {
  const piece = bytesPerSecond === undefined ? PIECE : Math.max(1, Math.min(PIECE, Math.round(bytesPerSecond / 20)));
  let at = start;
  for await (const chunk of createReadStream(place, { start, end: stop - 1, highWaterMark: piece })) {
    const bytes = chunk as Buffer;
    if (flip !== undefined && flip >= at && flip < at + bytes.length) bytes[flip - at] ^= 1;
    if (response.destroyed) return;
    const more = response.write(bytes);
    entry.bytes += bytes.length;
    at += bytes.length;
    if (bytesPerSecond !== undefined) await sleep((1000 * bytes.length) / bytesPerSecond);
    else if (!more) await drained(response);
  }
  // The header lines and all bytes so far must be on their way before the connection may be cut.
  await new Promise<void>((resolve) => (response.destroyed ? resolve() : response.write('', () => resolve())));
}

const drained = (response: ServerResponse): Promise<void> =>
  new Promise((resolve) => {
    const done = (): void => {
      response.off('drain', done).off('close', done);
      resolve();
    };
    response.on('drain', done).on('close', done);
  });
