// A repository of a hub that speaks the Hugging Face protocol: one commit, its files with sizes and checksums, and what its refusals mean.
import { EngineFault } from '../../src/errors';
import type { ModelSource } from '../../src/engine/model-source';
import { nextPage, parseHubModel, parseHubTree, type HubModel } from './hub-responses';
import type { FileFacts } from './model-folder';
import { Retrier } from './retry';
import { filesOf, findComplete, type FolderRecord } from './records';
import type { Remote } from './remote';
import { fetchOnce, jsonOf, type Credentials } from './request';
import type { Store } from './store';
import type { Tuning } from './tuning';
import { plainFolder } from './plain-folder';
import { noRepository, noRevision, accessDenied, notInFolder, refused } from './messages';

export type HubSource = Extract<ModelSource, { kind: 'hub' }>;

interface HubOptions {
  readonly token?: string | undefined;
  readonly signal: AbortSignal;
  readonly tuning: Tuning;
  readonly store: Store;
}

/**
 * Attempts of a request to the hub's API: the visitor waits for the response. Fewer where there is a complete copy to fall back on.
 */
const ATTEMPTS = 3;
const ATTEMPTS_WITH_COPY = 2;
/** More pages of a list of files than any model has. */
const MOST_PAGES = 100;

/**
 * The repository at the commit its revision names now. Without a response of the hub, the copy of it that was last completely
 * downloaded here. A host without the hub's API is taken as a plain folder. Throws DOWNLOAD or CANCELLED.
 */
export async function openHub(source: HubSource, options: HubOptions): Promise<Remote> {
  // A storage that cannot be read holds no copy.
  const stored = await findComplete(options.store, nameOf(source)).catch(() => null);
  const attempts = Math.min(options.tuning.attempts, stored ? ATTEMPTS_WITH_COPY : ATTEMPTS);
  const hub = new Hub(source, { ...options, tuning: { ...options.tuning, attempts } });
  try {
    const model = await hub.model();
    if (model !== null) return hub.at(model.commit, model.licence, (signal) => hub.tree(model.commit, signal));
  } catch (error) {
    if (!options.signal.aborted && stored?.revision) return fromRecord(hub, stored, stored.revision);
    throw error;
  }
  return plainFolder(hub.filesAt(source.revision), options);
}

const nameOf = ({ host, id, revision }: HubSource): string => `${host}/${id}@${revision}`;

const fromRecord = (hub: Hub, record: FolderRecord, commit: string): Remote =>
  hub.at(commit, record.licence, async (signal) => filesOf(record) ?? hub.tree(commit, signal));

class Hub {
  readonly #source: HubSource;
  readonly #options: HubOptions;
  readonly #credentials: Credentials | null;

  constructor(source: HubSource, options: HubOptions) {
    this.#source = source;
    this.#options = options;
    this.#credentials = options.token ? { origin: new URL(source.host).origin, token: options.token } : null;
  }

  filesAt(revision: string): string {
    const { host, id } = this.#source;
    return `${host}/${id}/resolve/${encodeURIComponent(revision)}/`;
  }

  /** What the hub says of the repository at its revision; null when the host has no such API. */
  async model(): Promise<HubModel | null> {
    const { host, id, revision } = this.#source;
    const url = `${host}/api/models/${id}/revision/${encodeURIComponent(revision)}`;
    return this.#request(url, this.#options.signal, async (response) => {
      if (response.ok) return parseHubModel(await jsonOf(response));
      const why = response.headers.get('x-error-code');
      const isHub = why !== null || response.headers.get('content-type')?.startsWith('application/json') === true;
      if (response.status === 404 && !isHub) return null;
      throw await this.#refusal(response, why);
    });
  }

  /** All files of a commit, over as many pages as the hub makes of them. */
  async tree(commit: string, signal: AbortSignal): Promise<ReadonlyMap<string, FileFacts>> {
    const { host, id } = this.#source;
    const files = new Map<string, FileFacts>();
    let url: string | null = `${host}/api/models/${id}/tree/${commit}?recursive=true`;
    for (let page = 0; url !== null && page < MOST_PAGES; page += 1) {
      const here: string = url;
      url = await this.#request(here, signal, async (response) => {
        if (!response.ok) throw await this.#refusal(response, response.headers.get('x-error-code'));
        const entries = parseHubTree(await jsonOf(response));
        if (entries === null) throw refused('the list of files', response.status, here);
        for (const [path, facts] of entries) files.set(path, facts);
        const next = nextPage(response.headers.get('link'));
        // The list continues on the same host alone: the request may carry a token.
        return next !== null && new URL(next, here).origin === new URL(host).origin ? new URL(next, here).href : null;
      });
    }
    return files;
  }

  at(commit: string, licence: string | null, list: (signal: AbortSignal) => Promise<ReadonlyMap<string, FileFacts>>): Remote {
    const { host, id } = this.#source;
    const folder = this.filesAt(commit);
    return {
      id,
      name: id.slice(id.indexOf('/') + 1),
      revision: commit,
      licence,
      key: `${host.replace(/^https?:\/\//, '')}/${id}@${commit}`,
      asked: nameOf(this.#source),
      pinned: true,
      credentials: this.#credentials,
      urlOf: (path) => folder + path.split('/').map(encodeURIComponent).join('/'),
      list,
      probe: async () => null,
      refusal: (path, response) => {
        const { status, url } = response;
        if (status === 401 || status === 403) return this.#accessDenied(response);
        return status === 404 ? notInFolder(path, `${url}: HTTP status 404`) : refused(path, status, url);
      },
    };
  }

  #request<T>(url: string, signal: AbortSignal, read: (response: Response) => Promise<T>): Promise<T> {
    const { tuning } = this.#options;
    const request = { url, path: this.#source.id, credentials: this.#credentials };
    return new Retrier(tuning, signal).run(() => fetchOnce(request, tuning.stallMs, signal, read));
  }

  /** Which of the things a hub refuses this was. Anonymous people are told 401 for what does not exist, too. */
  async #refusal(response: Response, why: string | null): Promise<EngineFault> {
    const { host, id, revision } = this.#source;
    const { status, url } = response;
    const detail = `${url}: HTTP status ${status}${why === null ? '' : `, ${why}`}`;
    if (why === 'RevisionNotFound') return noRevision(id, revision, detail);
    if (status === 404 && why === null && (await this.#exists())) return noRevision(id, revision, detail);
    if (why === 'RepoNotFound' || status === 404) return noRepository(id, new URL(host).host, this.#credentials !== null, detail);
    return status === 401 || status === 403 ? this.#accessDenied(response) : refused(id, status, url);
  }

  #accessDenied({ status, url }: Response): EngineFault {
    return accessDenied(this.#source.id, this.#credentials !== null, `${url}: HTTP status ${status}`);
  }

  async #exists(): Promise<boolean> {
    const { host, id } = this.#source;
    try {
      return await this.#request(`${host}/api/models/${id}`, this.#options.signal, async ({ ok }) => ok);
    } catch (error) {
      if (error instanceof EngineFault && error.value.code !== 'CANCELLED') return false;
      throw error;
    }
  }
}
