// Where a model comes from: the page itself, a hub, any address, or a folder the visitor gives; and how people write that down.
import { DEFAULT_HUB } from './default-hub';
import { fault } from '../errors';

/** The part of the platform's File that crosses to the worker; the worker knows what more it is. */
export interface FileLike {
  readonly name: string;
  /** Bytes. */
  readonly size: number;
}

/** A file of a dropped folder: its path below the folder, with '/' between the parts. */
export interface FolderFile {
  readonly path: string;
  readonly file: FileLike;
}

export type ModelSource =
  /** A folder served with the page, with a manifest. Never stored: the browser keeps it as it keeps the page. */
  | { readonly kind: 'site'; readonly url: string }
  /** A repository of a hub that speaks the Hugging Face protocol; `host` is its origin, `revision` a branch, tag or commit. */
  | { readonly kind: 'hub'; readonly host: string; readonly id: string; readonly revision: string }
  /** Any folder on a web server; `url` is absolute and ends in '/'. */
  | { readonly kind: 'url'; readonly url: string }
  /** A folder of the visitor's own machine. */
  | { readonly kind: 'folder'; readonly name: string; readonly files: readonly FolderFile[] };

/** A source that can be written down: in a link, in what is remembered, on a command line. */
export type NamedSource = Exclude<ModelSource, { kind: 'folder' }>;

/** Hosts whose pages are repositories, and the origin that serves their files. */
const HUBS = new Map([
  ['huggingface.co', DEFAULT_HUB],
  ['www.huggingface.co', DEFAULT_HUB],
  ['hf.co', DEFAULT_HUB],
  ['hf-mirror.com', 'https://hf-mirror.com'],
]);
const ID = /^[\w][\w.-]{0,95}\/[\w][\w.-]{0,95}$/;
/** A branch, tag or commit: parts of names with single '/' between them, and no way up. */
const REVISION = /^(?!.*(?:\.\.|\/\/))\w(?:[\w./-]{0,198}[\w.-])?$/;
/** Parts of a hub's address that stand where an owner would, and are none. */
const NOT_OWNERS = new Set(['datasets', 'spaces', 'models', 'collections', 'docs', 'papers', 'api']);
/** What stands between a repository and a revision in the address of a page or file of it. */
const BEFORE_REVISION = new Set(['tree', 'blob', 'resolve', 'raw', 'commit']);

/**
 * Reads what a person writes for a model: `owner/name`, `owner/name@revision`, the address of a repository's page on a hub, or
 * the address of any folder. Throws BAD_INPUT saying what it may be.
 */
export function parseModelSource(text: string): NamedSource {
  const trimmed = text.trim();
  if (/^[a-z][a-z0-9+.-]*:/i.test(trimmed)) return fromAddress(trimmed);
  const [id, revision = 'main', ...more] = trimmed.split('@');
  if (!ID.test(id) || !REVISION.test(revision) || more.length > 0) {
    throw fault(
      'BAD_INPUT',
      `"${shorten(trimmed)}" names no model.`,
      'Write owner/name, owner/name@revision, or the address (https://…) of a folder with an ONNX export.',
    );
  }
  return { kind: 'hub', host: DEFAULT_HUB, id, revision };
}

/** What `parseModelSource` reads back as the same source. */
export function formatModelSource(source: NamedSource): string {
  if (source.kind !== 'hub') return source.url;
  const id = source.revision === 'main' ? source.id : `${source.id}@${source.revision}`;
  return source.host === DEFAULT_HUB ? id : `${source.host}/${source.id}/tree/${source.revision.replaceAll('/', '%2F')}`;
}

/** The host that is asked when a source is looked at, with its port; null for what lies with the page or on this device. */
export function hostOfSource(source: ModelSource): string | null {
  if (source.kind !== 'hub' && source.kind !== 'url') return null;
  return (source.kind === 'hub' ? source.host : source.url).split('/')[2] ?? null;
}

/** A short name for a source, for people. */
export function nameOfSource(source: ModelSource): string {
  if (source.kind === 'folder') return source.name;
  if (source.kind === 'hub') return source.id.slice(source.id.indexOf('/') + 1);
  return source.url.split('/').findLast((part) => part !== '') ?? source.url;
}

/** Scheme, host with port, and path of a web address; what follows '?' or '#' is left out. */
const ADDRESS = /^(https?):\/\/([^/?#\s]+)(\/[^?#\s]*)?(?:[?#]\S*)?$/i;

function fromAddress(text: string): NamedSource {
  const [, scheme, host, path = '/'] = ADDRESS.exec(text) ?? [];
  if (scheme === undefined || host === undefined) throw badAddress(text, 'it is not an address of the web');
  if (host.includes('@')) throw badAddress(text, 'it holds a user name or password');
  if (scheme.toLowerCase() === 'http' && !LOCAL.test(host)) throw badAddress(text, 'only https is allowed, or http on this machine');
  const origin = `${scheme.toLowerCase()}://${host.toLowerCase()}`;
  const parts = path.split('/').filter((part) => part !== '');
  const hub = HUBS.get(host.toLowerCase());
  const before = parts[2] ?? '';
  // Elsewhere only what no ordinary folder is called is taken for a repository.
  if (hub !== undefined || ((before === 'tree' || before === 'resolve') && parts.length >= 4)) {
    const id = parts.slice(0, 2).join('/');
    const revision = BEFORE_REVISION.has(before) ? revisionOf(parts.slice(3)) : 'main';
    if (!ID.test(id) || NOT_OWNERS.has(parts[0]) || !REVISION.test(revision)) throw badAddress(text, 'it names no repository (owner/name)');
    return { kind: 'hub', host: hub ?? origin, id, revision };
  }
  return { kind: 'url', url: `${origin}${path.endsWith('/') ? path : `${path}/`}` };
}

/** A revision is one part of an address, its own '/' written %2F, or refs/… as people copy it; what follows is a path inside. */
function revisionOf(parts: readonly string[]): string {
  const [first = 'main'] = parts;
  return first === 'refs' ? parts.slice(0, 3).join('/') : first.replaceAll(/%2F/gi, '/');
}

const LOCAL = /^(?:localhost|127\.0\.0\.1)(?::\d+)?$/i;

function badAddress(text: string, what: string) {
  return fault(
    'BAD_INPUT',
    `The address "${shorten(text)}" cannot be used: ${what}.`,
    'Give the https address of a folder with an ONNX export, or owner/name on the hub.',
  );
}

const shorten = (text: string): string => (text.length > 80 ? `${text.slice(0, 79)}…` : text);
