// Starts the engine's worker by the one address that the page's Trusted Types let through.
import workerUrl from '../../workers/engine.worker.ts?worker&url';

/** The part of the Trusted Types API that is used here; TypeScript's types do not have it. */
interface TrustedTypes {
  createPolicy(name: string, rules: { createScriptURL: () => string }): { createScriptURL(input: string): URL };
}

/** Whatever it is given, it gives the worker's address. Browsers without Trusted Types need none. */
const policy = (globalThis as { trustedTypes?: TrustedTypes }).trustedTypes?.createPolicy('noema-worker', {
  createScriptURL: () => workerUrl,
});

/** A fresh worker. Throws what `new Worker` throws, such as a SecurityError in a frame of an opaque origin. */
export function spawnWorker(): Worker {
  return new Worker(policy?.createScriptURL('') ?? workerUrl, { type: 'module', name: 'noema-engine' });
}
