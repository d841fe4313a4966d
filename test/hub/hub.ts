// A stand-in for a model hub: its API, redirects to a storage on another origin, and every way it can fail.
import { createHash, randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json as readJson } from 'node:stream/consumers';
import { Behaviour, type Subject } from './behaviour';
import { allowOrigin } from './origins';
import { checksum, findFile, findRepository, type Repository, type RepositoryFile } from './repositories';
import type { Entry, HubAddresses, Rule } from './rule';
import { sendFile } from './send';

export interface HubOptions {
  /** Folder of repositories, `owner/name` each; or the one folder to be served plainly. */
  readonly root: string;
  /** Default: any free one. The storage takes the next one then. */
  readonly port?: number;
  /** Serve `root` as a folder of an ordinary web server. */
  readonly plain?: boolean;
  /** Entries on a page of a list of files. */
  readonly pageSize?: number;
  /** Origins whose pages may ask, besides those of this machine. */
  readonly origins?: readonly string[];
}

export interface RunningHub extends HubAddresses {
  close(): Promise<void>;
}

/** What the hub allows pages of other origins to read; its storage allows nothing of the kind. */
const EXPOSED =
  'X-Repo-Commit,X-Request-Id,X-Error-Code,X-Error-Message,X-Total-Count,ETag,Link,Accept-Ranges,Content-Range,X-Linked-Size,X-Linked-ETag,X-Xet-Hash';

type Cors = Readonly<Record<string, string>>;

interface Talk {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly rule: Rule;
  readonly entry: Entry;
  readonly headers: Record<string, string>;
}

export async function startHub({ root, port = 0, plain = false, pageSize = 1000, origins = [] }: HubOptions): Promise<RunningHub> {
  const behaviour = new Behaviour();
  const signature = randomBytes(16).toString('hex');
  const storage = await listen(port === 0 ? 0 : port + 1, origins, answerStorage, ({ url }) => url?.endsWith(`=${signature}`) === true);
  const hub = await listen(port, origins, answerHub);
  const addresses = { hub: addressOf(hub), storage: addressOf(storage) };

  async function answerHub(request: IncomingMessage, response: ServerResponse, cors: Cors): Promise<void> {
    const url = new URL(request.url ?? '/', addresses.hub);
    const path = decodeURIComponent(url.pathname);
    if (path.startsWith('/__')) return control(path, request, response, cors, behaviour);
    const subject = subjectOf(path, plain);
    const talk = begin(subject, request, response, cors, EXPOSED);
    // Unlike its storage, the hub permits any header.
    if (request.method === 'OPTIONS') return end(talk, 204, { 'Access-Control-Allow-Headers': '*, Authorization' });
    if (refused(talk)) return;
    if (plain) return answerPlain(path.slice(1), talk);
    const found = subject.repository === null ? null : findRepository(root, subject.repository);
    const repository = found && { ...found, commit: talk.rule.commit ?? found.commit };
    const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? null;
    const hidden = talk.rule.private !== undefined && talk.rule.private !== token;
    if (repository === null || hidden) return end(talk, token === null ? 401 : 404, { 'X-Error-Code': 'RepoNotFound' });
    if (subject.part === 'api' && !path.startsWith('/api/resolve-cache/')) return answerApi(repository, path, url.searchParams, talk);
    const { gated } = talk.rule;
    if (gated !== undefined && gated !== token) return end(talk, token === null ? 401 : 403, { 'X-Error-Code': 'GatedRepo' });
    return answerFile(repository, path, subject.file ?? '', talk);
  }

  function begin(subject: Subject, request: IncomingMessage, response: ServerResponse, cors: Cors, exposed: string): Talk {
    const rule = request.method === 'OPTIONS' ? {} : behaviour.for(subject, request.method ?? 'GET');
    const entry = behaviour.write(subject, request);
    const headers: Record<string, string> = rule.noCors ? {} : { ...cors, 'Access-Control-Expose-Headers': exposed };
    return { request, response, rule, entry, headers };
  }

  async function answerApi(repository: Repository, path: string, query: URLSearchParams, talk: Talk): Promise<void> {
    const { id, commit, files } = repository;
    const [, part, revision] = /^\/api\/models\/[^/]+\/[^/]+(?:\/(revision|tree)\/([^?]+))?$/.exec(path) ?? [];
    if (revision !== undefined && revision !== 'main' && revision !== commit) return end(talk, 404, { 'X-Error-Code': 'RevisionNotFound' });
    if (part !== 'tree')
      return send(talk, {
        id,
        sha: commit,
        tags: ['onnx', 'license:apache-2.0'],
        cardData: { license: 'apache-2.0' },
        gated: talk.rule.gated !== undefined,
      });
    const from = Number(query.get('cursor') ?? 0);
    const page = [...files.values()].slice(from, from + pageSize);
    const next = `${addresses.hub}/api/models/${id}/tree/${revision}?recursive=true&cursor=${from + pageSize}`;
    const entries = await Promise.all(
      page.map(async (file) => ({
        type: 'file',
        oid: gitId(file),
        size: file.bytes,
        path: file.path,
        ...(file.large ? { lfs: { oid: await checksum(file), size: file.bytes, pointerSize: 134 } } : {}),
      })),
    );
    const folders = from > 0 ? [] : [...new Set([...files.keys()].filter((path) => path.includes('/')).map((path) => path.split('/')[0]))];
    return send(
      talk,
      [...folders.map((path) => ({ type: 'directory', oid: '0'.repeat(40), size: 0, path })), ...entries],
      from + pageSize < files.size ? { Link: `<${next}>; rel="next"` } : {},
    );
  }

  async function answerFile({ id, commit, files }: Repository, path: string, name: string, talk: Talk): Promise<void> {
    const [, cached, revision] = /^\/(api\/resolve-cache\/models\/)?[^/]+\/[^/]+\/(?:resolve\/)?([^/]+)\//.exec(path) ?? [];
    if (revision !== 'main' && revision !== commit) return end(talk, 404, { 'X-Error-Code': 'RevisionNotFound' });
    const file = files.get(name);
    if (!file) return end(talk, 404, { 'X-Error-Code': 'EntryNotFound' });
    const headers = { 'X-Repo-Commit': commit };
    if (cached !== undefined) return deliver(file, gitId(file), { ...talk, headers: { ...talk.headers, ...headers } });
    if (!file.large) return end(talk, 307, { ...headers, Location: `/api/resolve-cache/models/${id}/${commit}/${escape(name)}` });
    const sha256 = await checksum(file);
    return end(talk, 302, {
      ...headers,
      'X-Linked-Size': String(file.bytes),
      'X-Linked-ETag': `"${sha256}"`,
      Location: `${addresses.storage}/${id}/${escape(name)}?X-Amz-Signature=${signature}`,
    });
  }

  async function answerStorage(request: IncomingMessage, response: ServerResponse, cors: Cors): Promise<void> {
    const path = decodeURIComponent(new URL(request.url ?? '/', 'http://storage').pathname);
    const [, repository = null, file = null] = /^\/([^/]+\/[^/]+)\/(.+)$/.exec(path) ?? [];
    const talk = begin({ part: 'storage', repository, file }, request, response, cors, '');
    // As the real one: permissions are not given, and an address that is signed already takes no other authorisation.
    if (request.method === 'OPTIONS') return end(talk, 403);
    if (request.headers.authorization !== undefined) return end(talk, 400);
    if (refused(talk)) return;
    const found = repository === null ? null : (findRepository(root, repository)?.files.get(file ?? '') ?? null);
    return found === null ? end(talk, 404) : deliver(found, `${gitId(found)}-2`, talk);
  }

  async function answerPlain(path: string, talk: Talk): Promise<void> {
    const file = findFile(root, path);
    if (!file) return end(talk, 404);
    return deliver(file, gitId(file), { ...talk, headers: { ...talk.headers, 'Access-Control-Expose-Headers': '' } });
  }

  return { ...addresses, close: async () => void (await Promise.all([hub, storage].map(close))) };
}

/** What a path is about. The first two parts of a plain folder's paths are no repository. */
function subjectOf(path: string, plain: boolean): Subject {
  if (plain) return { part: 'plain', repository: null, file: path.slice(1) };
  const [, cache] = /^\/api\/resolve-cache\/models\/(.+)$/.exec(path) ?? [];
  if (cache !== undefined) {
    const [owner, name, , ...file] = cache.split('/');
    return { part: 'resolve', repository: `${owner}/${name}`, file: file.join('/') };
  }
  const [, id] = /^\/api\/models\/([^/]+\/[^/]+)/.exec(path) ?? [];
  if (id !== undefined) return { part: 'api', repository: id, file: null };
  const [, repository = null, file = null] = /^\/([^/]+\/[^/]+)\/resolve\/[^/]+\/(.+)$/.exec(path) ?? [];
  return { part: 'resolve', repository, file };
}

/** Whether the rule alone was the answer. */
function refused(talk: Talk): boolean {
  const { rule } = talk;
  if (rule.html) {
    end(talk, 200, { 'Content-Type': 'text/html; charset=utf-8' }, '<!doctype html><title>Please sign in</title>');
    return true;
  }
  if (rule.blanks !== undefined) {
    const packed = gzipSync(Buffer.alloc(rule.blanks, ' '));
    talk.entry.status = 200;
    talk.entry.bytes = packed.length;
    talk.response.writeHead(200, { ...talk.headers, 'Content-Type': 'application/json', 'Content-Encoding': 'gzip' }).end(packed);
    return true;
  }
  if (rule.status === undefined) return false;
  const wait =
    rule.retryAfter === undefined ? {} : { 'Retry-After': String(rule.retryAfter), 'Access-Control-Expose-Headers': 'Retry-After' };
  end(talk, rule.status, wait);
  return true;
}

function deliver(file: RepositoryFile, etag: string, { request, response, headers, rule, entry }: Talk): Promise<void> {
  return sendFile(request, response, { ...file, etag: `"${etag}"` }, headers, rule, entry);
}

function send(talk: Talk, value: unknown, headers: Record<string, string> = {}): void {
  end(talk, 200, { 'Content-Type': 'application/json; charset=utf-8', ...headers }, JSON.stringify(value));
}

function end({ response, entry, headers: own }: Talk, status: number, headers: Record<string, string> = {}, body = ''): void {
  entry.status = status;
  entry.bytes = Buffer.byteLength(body);
  response.writeHead(status, { ...own, ...headers, 'Content-Length': String(entry.bytes) }).end(body);
}

/** Tests tell the stand-in how to behave and ask what it was asked: `POST /__faults`, `POST /__reset`, `GET /__log`. */
async function control(path: string, request: IncomingMessage, response: ServerResponse, cors: Cors, behaviour: Behaviour): Promise<void> {
  const headers = { ...cors, 'Access-Control-Allow-Headers': '*', 'Content-Type': 'application/json' };
  if (path === '/__faults' && request.method === 'POST') behaviour.add((await readJson(request)) as Rule);
  if (path === '/__reset' && request.method === 'POST') behaviour.reset();
  response.writeHead(200, headers).end(path === '/__log' ? JSON.stringify(behaviour.log) : '{}');
}

const gitId = ({ path, bytes }: RepositoryFile): string => createHash('sha1').update(`${path} ${bytes}`).digest('hex');
const escape = (path: string): string => path.split('/').map(encodeURIComponent).join('/');
const addressOf = (server: Server): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

type Answer = (request: IncomingMessage, response: ServerResponse, cors: Cors) => Promise<void>;

/** `isFollowed`: whether a request follows a redirect that a page was given which may ask; browsers give it the origin `null`. */
async function listen(
  port: number,
  origins: readonly string[],
  answer: Answer,
  isFollowed: (request: IncomingMessage) => boolean = () => false,
): Promise<Server> {
  const server = createServer((request, response) => {
    // What another site asks is not even carried out.
    const cors = allowOrigin(request.headers.origin, isFollowed(request) ? [...origins, 'null'] : origins);
    if (cors === null) {
      response.writeHead(403).end();
      return;
    }
    answer(request, response, cors).catch((error: unknown) => {
      response.destroy(error instanceof Error ? error : undefined);
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return server;
}

function close(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => void server.close(() => resolve()));
}
