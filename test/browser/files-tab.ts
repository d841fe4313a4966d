// A tab, to the tests of downloads: a worker with a folder open in it, which can be ended at any moment.
import { proxy, wrap, type Remote } from 'comlink';
import { inject } from 'vitest';
import type { EngineError } from '../../src/errors';
import type { ModelSource } from '../../src/engine/model-source';
import type { OpenOptions } from '../../models/files/open-folder';
import type { Tuning } from '../../models/files/tuning';
import type { Answer } from '../../workers/answer';
import { HubControl } from '../hub/client';
import { MADE_UP_ID } from '../hub/made-up';
import type { Fetched, FileOptions, FilesHost, Told } from './files.worker';

const addresses = inject('hub');
export const hub = new HubControl(addresses.hub);
export const plain = new HubControl(addresses.plain);

/** What is waited for, in milliseconds instead of seconds; a chunk is small beside the files. */
export const QUICK: Partial<Tuning> = { chunkBytes: 65_536, stallMs: 5_000, firstDelayMs: 10, attempts: 4, maxDelayMs: 1_500, pollMs: 20 };

let names = 0;

/** The made-up repository, under a name nobody has used before. */
export function ownRepository(): { readonly source: Extract<ModelSource, { kind: 'hub' }>; readonly id: string } {
  names += 1;
  const id = `${MADE_UP_ID}--${names}`;
  return { id, source: { kind: 'hub', host: hub.origin, id, revision: 'main' } };
}

type Options = Omit<OpenOptions, 'signal'>;

export class Tab {
  readonly #worker = new Worker(new URL('./files.worker.ts', import.meta.url), { type: 'module' });
  readonly host: Remote<FilesHost> = wrap<FilesHost>(this.#worker);
  readonly told: Told[] = [];
  readonly notices: string[] = [];
  #watchers: (() => void)[] = [];

  /** Opens a tab with a folder open in it. */
  static async open(source: ModelSource, options: Options = {}): Promise<Tab> {
    const tab = new Tab();
    good(await tab.host.open(source, { tuning: QUICK, ...options }));
    return tab;
  }

  fetch(path: string, options: FileOptions = {}): Promise<Answer<Fetched>> {
    const onBytes = (told: Told): void => {
      this.told.push(told);
      for (const look of this.#watchers) look();
    };
    return this.host.fetch(
      path,
      options,
      proxy(onBytes),
      proxy((notice: string) => void this.notices.push(notice)),
    );
  }

  /** Resolves when so many bytes of a file are there. */
  reaches(bytes: number): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if ((this.told.at(-1)?.bytes ?? -1) >= bytes) resolve();
      };
      this.#watchers.push(look);
      look();
    });
  }

  /** As a crash ends it: at once, in the middle of anything. */
  kill(): void {
    this.#worker.terminate();
  }
}

/** The tabs a test has opened. */
export const tabs: Tab[] = [];

/** Opens a tab, to be killed after the test. */
export async function open(...args: Parameters<typeof Tab.open>): Promise<Tab> {
  const tab = await Tab.open(...args);
  tabs.push(tab);
  return tab;
}

export function killTabs(): void {
  for (const tab of tabs.splice(0)) tab.kill();
}

/** The checksum the hub lists for a file: what a download must come to. */
export async function listed(tab: Tab, path: string): Promise<string> {
  const facts = good(await tab.host.facts(path));
  if (!facts?.sha256) throw new Error(`no checksum for ${path}`);
  return facts.sha256;
}

/** The value of an answer. Throws what it says when it is an error. */
export function good<T>(answer: Answer<T>): T {
  if (answer.ok) return answer.value;
  throw new Error(`${answer.error.code}: ${answer.error.message} (${answer.error.detail ?? ''})`);
}

/** The error of an answer. Throws when there is none. */
export function bad<T>(answer: Answer<T>): EngineError {
  if (!answer.ok) return answer.error;
  throw new Error(`no error, but ${JSON.stringify(answer.value)}`);
}
