// Remembers how a GPU did in the self-test, so that it is asked once per browser, runtime and adapter and not at every visit.
import { createStore, get, set } from 'idb-keyval';
import type { Configuration } from './adapter';
import type { SelfTestFiles } from './self-test';

/** Whether a configuration of one GPU passed, kept between visits. Neither method ever rejects. */
export interface VerdictStore {
  /** Null when nothing is known, or too long ago: a driver may have been updated since. */
  recall(key: string): Promise<boolean | null>;
  keep(key: string, passed: boolean): Promise<void>;
}

/** What a verdict is about. Another browser version, runtime, adapter, configuration or test is asked anew. */
export interface Subject {
  /** `fingerprint` of the adapter. */
  readonly adapter: string;
  readonly configuration: Configuration;
  /** Version and build of the runtime. */
  readonly runtime: string;
  /** `digestOf` of the test as it is run. */
  readonly test: string;
  readonly userAgent: string;
}

const KEPT_MS = 30 * 24 * 3600 * 1000;

/** The key that verdicts about `subject` are kept under. */
export function subjectKey({ adapter, configuration, runtime, test, userAgent }: Subject): string {
  return JSON.stringify([adapter, configuration.subgroups, configuration.f16, runtime, test, userAgent]);
}

/** SHA-256 of a self-test: its checks, stored answers and graphs. Hexadecimal. */
export async function digestOf({ test, graphs }: SelfTestFiles): Promise<string> {
  const text = new TextEncoder().encode(JSON.stringify(test));
  const parts = [text, ...[...graphs.values()]].map((part) => new Uint8Array(part));
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', await new Blob(parts).arrayBuffer()));
  return [...hash].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Verdicts in IndexedDB, which a worker can reach. Where it fails (private windows, no room) nothing is remembered. */
export function storedVerdicts(name = 'noema-self-test'): VerdictStore {
  const open = () => createStore(name, 'verdicts');
  return {
    recall: async (key) => {
      try {
        const kept = await get<{ passed: boolean; at: number }>(key, open());
        return kept && Date.now() - kept.at < KEPT_MS ? kept.passed : null;
      } catch {
        return null;
      }
    },
    keep: async (key, passed) => {
      try {
        await set(key, { passed, at: Date.now() }, open());
      } catch {
        // The test is run again next time.
      }
    },
  };
}
