// The page without a screen: lets `npm run ask` use the same engine, in the same browser, as the page with one.
import type { LoadRequest } from '../../src/engine/model-host';
import type { ModelSource } from '../../src/engine/model-source';
import { LiveEngine } from '../engine/live-engine';
import type { EventSink, HeadlessRequest, HeadlessRun } from './protocol';

/** Whether the model is loaded: a worker that is gone has taken it along, and the next run loads it again. */
let loaded = false;
const engine = new LiveEngine({ onLost: () => void (loaded = false) });
let stopper = new AbortController();

async function ask({ runs, ...request }: HeadlessRequest): Promise<void> {
  stopper = new AbortController();
  const { signal } = stopper;
  const tell: EventSink = window.noemaEvent ?? (() => Promise.resolve());
  loaded = false;
  for (const [index, run] of runs.entries()) {
    if (index > 0 && signal.aborted) return;
    if (!loaded) await load({ ...request, source: sourceOf(request.source) }, signal, tell);
    if (!loaded) return;
    const job = { ...run, picture: { bytes: bytesOf(run.picture), name: run.picture.name }, reuse: runs.length > 1 };
    for await (const event of engine.source(job).start(signal)) {
      await tell(index, JSON.stringify(event));
      // Faults that may not come again (a lost device, no memory, a stall timeout) are retried in a fresh worker.
      if (event.type === 'failed' && event.error.retry) engine.unload();
    }
  }
}

async function load(request: LoadRequest, signal: AbortSignal, tell: EventSink): Promise<void> {
  for await (const event of engine.load(request, signal)) {
    await tell(null, JSON.stringify(event));
    if (event.type === 'ready') loaded = true;
  }
}

/** A folder's files are read where they lie, and only when they are needed. */
function sourceOf(source: HeadlessRequest['source']): ModelSource {
  if (source.kind !== 'folder') return source;
  const given = document.querySelector('input')?.files ?? [];
  const files = source.paths.flatMap((path, index) => (index < given.length ? [{ path, file: given[index] }] : []));
  return { kind: 'folder', name: source.name, files };
}

function bytesOf({ base64 }: HeadlessRun['picture']): ArrayBuffer {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0)).buffer;
}

window.noema = { ask, stop: () => stopper.abort() };
