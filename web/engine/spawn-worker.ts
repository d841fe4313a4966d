// Starts the workers, whose addresses are the only ones that the page's Trusted Types let become scripts.

/** The part of the Trusted Types API that is used here; TypeScript's types do not have it. */
interface TrustedTypes {
  createPolicy(name: 'default', rules: { createScriptURL: (address: string) => string | null }): void;
}

/** The address itself when it is one of our built workers', else null, which the browser takes for a refusal. */
function onlyOurWorkers(address: string): string | null {
  const { origin, pathname } = new URL(address, location.href);
  return origin === location.origin && /\/(?:engine|evaluation)\.worker-[\w-]+\.js$/.test(pathname) ? address : null;
}

// By default, and not by a policy's own name: Vite knows a worker by `new Worker(new URL(…))` alone. Browsers without Trusted Types need none.
(globalThis as { trustedTypes?: TrustedTypes }).trustedTypes?.createPolicy('default', { createScriptURL: onlyOurWorkers });

/** A fresh worker for a model. Throws what `new Worker` throws, such as a SecurityError in a frame of an opaque origin. */
export function spawnWorker(): Worker {
  return new Worker(new URL('../../workers/engine.worker.ts', import.meta.url), { type: 'module', name: 'noema-engine' });
}

/** A fresh worker for the bookkeeping of an evaluation. Throws as `spawnWorker` does. */
export function spawnEvaluationWorker(): Worker {
  return new Worker(new URL('../../workers/evaluation.worker.ts', import.meta.url), { type: 'module', name: 'noema-evaluation' });
}
