// What the worker may reach: its own origin, and the hosts of models that the visitor has named. A static host sends the worker no policy; this holds everywhere.
import type { ModelSource } from '../src/engine/model-source';

/** Every other way of a worker to another host that has a name. Importing scripts and starting workers remains: only a policy header can keep these. */
const OTHER_WAYS = ['XMLHttpRequest', 'WebSocket', 'WebSocketStream', 'WebTransport', 'EventSource', 'importScripts'] as const;

/** The part of a worker's global scope that is confined. */
export interface NetworkScope {
  fetch: typeof fetch;
  readonly location: { readonly href: string; readonly origin: string };
}

/** Lets the worker reach the host of a model from now on. */
export type Permit = (source: ModelSource) => void;

/**
 * Replaces `fetch` by one that rejects with a TypeError for any origin but the scope's own and those permitted, and takes the other ways to the network
 * away. Redirects are followed: where a permitted host keeps its files is its own affair.
 */
export function confineNetwork(scope: NetworkScope): Permit {
  const permitted = new Set([scope.location.origin]);
  const reach = scope.fetch.bind(scope);
  scope.fetch = async (input, init) => {
    const url = new URL(input instanceof Request ? input.url : input, scope.location.href);
    // What is in this browser already is no network.
    const isLocal = url.protocol === 'blob:' || url.protocol === 'data:';
    if (!isLocal && !permitted.has(url.origin)) throw new TypeError(`Nobody has named a model at ${url.origin}.`);
    return reach(input, init);
  };
  for (const name of OTHER_WAYS) Object.defineProperty(scope, name, { value: undefined, writable: false, configurable: false });
  return (source) => {
    if (source.kind === 'hub') permitted.add(new URL(source.host).origin);
    if (source.kind === 'url') permitted.add(new URL(source.url).origin);
  };
}
