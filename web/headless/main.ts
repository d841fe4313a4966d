// The page without a screen: lets `npm run ask` use the same engine, in the same browser, as the page with one.
import type { LoadRequest } from '../../src/engine/model-host';
import type { ModelSource } from '../../src/engine/model-source';
import { LiveEngine } from '../engine/live-engine';
import type { EventSink, HeadlessRequest, HeadlessRun } from './protocol';

/** What asked for the model that is loaded, as JSON: a worker that is gone has taken it along, and the next run loads it again. */
let loaded: string | null = null;
const engine = new LiveEngine({ onLost: () => void (loaded = null) });
let stopper = new AbortController();

async function ask({ runs, ...request }: HeadlessRequest): Promise<void> {
  stopper = new AbortController();
  const { signal } = stopper;
  const tell: EventSink = window.noemaEvent ?? (() => Promise.resolve());
  const wanted = JSON.stringify(request);
  for (const [index, run] of runs.entries()) {
    if (index > 0 && signal.aborted) return;
    if (loaded !== wanted && (await load({ ...request, source: sourceOf(request.source) }, signal, tell))) loaded = wanted;
    if (loaded !== wanted) return;
    const job = { ...run, picture: { bytes: bytesOf(run.picture), name: run.picture.name }, reuse: reuseOf(index, runs.length) };
    for await (const event of engine.source(job).start(signal)) {
      await tell(index, JSON.stringify(event));
      // Faults that may not come again (a lost device, no memory, a stall timeout) are retried in a fresh worker.
      if (event.type === 'failed' && event.error.retry) engine.unload();
    }
  }
}

/** Loads a model in place of the one before; whether it is there. */
async function load(request: LoadRequest, signal: AbortSignal, tell: EventSink): Promise<boolean> {
  let isReady = false;
  loaded = null;
  for await (const event of engine.load(request, signal)) {
    await tell(null, JSON.stringify(event));
    if (event.type === 'ready') isReady = true;
  }
  return isReady;
}

/** The runs of one request share what they read, and nothing with those of an earlier one. */
const reuseOf = (index: number, count: number): boolean | 'begin' => (count === 1 ? false : index === 0 ? 'begin' : true);

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
