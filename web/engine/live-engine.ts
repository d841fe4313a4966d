// The worker as a model host and a source of runs: starts it when first needed, reports its crash as an event, and ends it when it will not stop.
import { type Remote, transfer, wrap } from 'comlink';
import type { AbortHandle } from '../../src/engine/abort';
import type { LoadRequest, ModelHost } from '../../src/engine/model-host';
import { type EngineError, EngineFault, cancelled, fault, toEngineError } from '../../src/errors';
import type { DeviceReport, ModelReport, StoredModel } from '../../src/engine/model-report';
import type { ModelSource } from '../../src/engine/model-source';
import type { RunRequest, RunSource } from '../../src/engine/run-source';
import type { LoadEvent, RunEvent } from '../../src/events/events';
import type { ExploreEvent, ExploreRequest } from '../../src/explore/exploration';
import { formatDuration } from '../../src/text/format';
import { valueOf } from '../../workers/answer';
import { type EngineService, holdCache, type JobEvent, openJob } from '../../workers/wire';
import { spawnWorker } from './spawn-worker';
import { watchLife } from './watch-life';

export interface LiveEngineOptions {
  readonly spawn?: () => Worker;
  /** Called when the worker is gone, and the model with it, with the reason; `idle` when nothing ran that says so itself. */
  readonly onLost?: (error: EngineError, idle: boolean) => void;
  /** How long a cancelled job may take to say so before its worker is ended. */
  readonly graceMs?: number;
  /** How long a job may go without an event or a heartbeat before its worker is ended: longer than any one pass. A worker that is gone is noticed at once. */
  readonly silenceMs?: number;
}

type LoadPhase = Extract<LoadEvent, { type: 'phase' }>['phase'];

interface Host {
  readonly worker: Worker;
  readonly service: Remote<EngineService>;
  /** Ends every open job and every open call with an error. */
  readonly open: Set<(error: EngineError) => void>;
  /** Ends the watch over the worker's life. */
  readonly watch: AbortController;
  /** Resolves when the watch is on: nothing is asked of the worker before. */
  readonly watched: Promise<void>;
}

/** A finished call whose events have not all arrived yet gets this long: the two travel on different ports. */
const STRAGGLERS_MS = 2000;
const PROBE_MS = 20_000;
/** Longer than the worker itself waits for a hub. */
const INSPECT_MS = 90_000;

export class LiveEngine implements ModelHost {
  #host: Host | null = null;
  readonly #options: Required<LiveEngineOptions>;

  constructor(options: LiveEngineOptions = {}) {
    this.#options = { spawn: spawnWorker, onLost: () => undefined, graceMs: 3000, silenceMs: 180_000, ...options };
    holdCache();
  }

  load(request: LoadRequest, signal: AbortHandle): AsyncIterable<LoadEvent> {
    const source = absolute(request.source);
    let phase: LoadPhase | null = null;
    return this.#job<LoadEvent>(
      (service, port) => service.load({ ...request, source }, transfer(port, [port])),
      (error) => ({ type: 'failed', error }),
      () => ({ type: 'cancelled' }),
      signal,
      (event) => {
        if (event.type === 'phase') phase = event.phase;
        if (event.type === 'ready') this.#watchDevice();
        if (event.type === 'failed') this.#endIdle();
      },
      () => (phase === 'compile' || phase === 'warm-up' ? neverReady(this.#options.silenceMs) : silent()),
    );
  }

  /** A run of the loaded model; it can be started any number of times, and asks for the model when it is. */
  source(request: RunRequest): RunSource {
    return { start: (signal) => this.#run(request, signal) };
  }

  #run(request: RunRequest, signal: AbortHandle): AsyncIterable<RunEvent> {
    let step: number | null = null;
    return this.#job<RunEvent>(
      (service, port) => service.run(request, transfer(port, [port])),
      (error) => ({ type: 'failed', error }),
      () => ({ type: 'cancelled', step }),
      signal,
      (event) => {
        if (event.type === 'step') step = event.step;
      },
    );
  }

  /** Finds something out about a run. The stream never throws: it ends with exactly one of explored, failed, cancelled. */
  explore(request: ExploreRequest, signal: AbortHandle): AsyncIterable<ExploreEvent> {
    return this.#job<ExploreEvent>(
      (service, port) => service.explore(request, transfer(port, [port])),
      (error) => ({ type: 'failed', error }),
      () => ({ type: 'cancelled' }),
      signal,
    );
  }

  /** What this browser can run a model on. Rejects with TIMEOUT when the thread does not answer. */
  probe(): Promise<DeviceReport> {
    return this.#call(PROBE_MS, (service) => service.probe());
  }

  /** Looks at a model without loading it. Rejects with the EngineFault that loading it would end with. */
  async inspect(source: ModelSource, token?: string): Promise<ModelReport> {
    const request = { source: absolute(source), ...(token === undefined ? {} : { token }) };
    return valueOf(await this.#call(INSPECT_MS, async (service) => service.inspect(request)));
  }

  /** The models kept on this device. Rejects with an EngineFault. */
  async stored(): Promise<readonly StoredModel[]> {
    return valueOf(await this.#call(PROBE_MS, async (service) => service.stored()));
  }

  /** Deletes a stored model, or all with null. Rejects with an EngineFault. */
  async forget(key: string | null): Promise<void> {
    valueOf(await this.#call(INSPECT_MS, async (service) => service.forget(key)));
  }

  /** Gives the model's memory back by ending the worker: the only way that surely frees GPU memory. */
  unload(): void {
    this.#drop(cancelled().value);
  }

  /** A device can be lost while nothing runs: then no job is there to say so. */
  #watchDevice(): void {
    const host = this.#host;
    if (host === null) return;
    const onLoss = (error: EngineError | null): void => {
      if (error !== null && this.#host === host && host.open.size === 0) this.#drop(error);
    };
    host.service.deviceLost().then(onLoss, () => undefined);
  }

  async *#job<E extends JobEvent>(
    start: (service: Remote<EngineService>, port: MessagePort) => Promise<void>,
    failed: (error: EngineError) => E,
    stopped: () => E,
    signal: AbortHandle,
    watch: (event: E) => void = () => undefined,
    late: () => EngineError = silent,
  ): AsyncGenerator<E, void, undefined> {
    if (signal.aborted) {
      yield stopped();
      return;
    }
    const host = this.#ensureHost();
    const job = openJob<E>(() => heard());
    const end = (error: EngineError): boolean => job.end(error.code === 'CANCELLED' ? stopped() : failed(error));
    const timers = new Set<ReturnType<typeof setTimeout>>();
    const later = (ms: number, work: () => void): ReturnType<typeof setTimeout> => {
      const timer = setTimeout(work, ms);
      timers.add(timer);
      return timer;
    };
    const onAbort = (): void => {
      job.cancel();
      // A worker that has answered is kept, also while its last event waits to be shown.
      later(this.#options.graceMs, () => {
        if (job.end(stopped())) this.#drop(cancelled().value);
      });
    };
    const onSilence = (): void => {
      const error = late();
      if (end(error)) this.#drop(error);
    };
    host.open.add(end);
    signal.addEventListener('abort', onAbort, { once: true });
    const begin = async (): Promise<void> => {
      await host.watched;
      await start(host.service, job.remote);
    };
    begin().then(
      () => later(STRAGGLERS_MS, () => end(unfinished())),
      (thrown: unknown) => end(toEngineError(thrown)),
    );
    let silence = later(this.#options.silenceMs, onSilence);
    const heard = (): void => {
      clearTimeout(silence);
      timers.delete(silence);
      silence = later(this.#options.silenceMs, onSilence);
    };
    try {
      for await (const event of job.events) {
        heard();
        watch(event);
        yield event;
      }
    } finally {
      host.open.delete(end);
      signal.removeEventListener('abort', onAbort);
      for (const timer of timers) clearTimeout(timer);
    }
  }

  /** A call that is no job: it answers once, or ends with the worker, or with TIMEOUT. */
  #call<T>(ms: number, ask: (service: Remote<EngineService>) => Promise<T>): Promise<T> {
    const host = this.#ensureHost();
    return new Promise((resolve, reject) => {
      const give = (error: EngineError): void => reject(new EngineFault(error));
      const timer = setTimeout(() => give(silent()), ms);
      host.open.add(give);
      host.watched
        .then(() => ask(host.service))
        .then(resolve, reject)
        .finally(() => {
          clearTimeout(timer);
          host.open.delete(give);
        });
    });
  }

  #ensureHost(): Host {
    if (this.#host !== null) return this.#host;
    const worker = this.#options.spawn();
    const service = wrap<EngineService>(worker);
    const watch = new AbortController();
    const gone = (): void => this.#crashed(host, 'It ended without an error.');
    const watched = watchLife((lock) => service.hold(lock), gone, watch.signal);
    const host: Host = { worker, service, open: new Set(), watch, watched };
    worker.addEventListener('error', (event) => this.#crashed(host, event.message || 'The script could not be started.'));
    worker.addEventListener('messageerror', () => this.#crashed(host, 'A message could not be read.'));
    this.#host = host;
    return host;
  }

  #crashed(host: Host, detail: string): void {
    if (this.#host !== host) return;
    this.#drop(
      fault('INTERNAL', 'The thread that runs the model has stopped.', 'Press Run: a fresh one starts and loads the model again.', {
        retry: true,
        detail,
      }).value,
    );
  }

  /** A load that failed may have filled WebAssembly memory, which never shrinks: its thread goes too, unless something else waits for it. */
  #endIdle(): void {
    const host = this.#host;
    if (host === null || host.open.size > 1) return;
    this.#end(host);
  }

  /** Ends the worker and everything that waits for it; the next call starts a fresh one. */
  #drop(error: EngineError): void {
    const host = this.#host;
    if (host === null) return;
    const idle = host.open.size === 0;
    this.#end(host);
    for (const end of host.open) end(error);
    this.#options.onLost(error, idle);
  }

  #end(host: Host): void {
    this.#host = null;
    host.watch.abort();
    host.worker.terminate();
  }
}

/** The worker does not know where the page is. */
function absolute(source: ModelSource): ModelSource {
  return source.kind === 'site' ? { ...source, url: new URL(source.url, document.baseURI).href } : source;
}

function silent(): EngineError {
  return fault(
    'TIMEOUT',
    'The thread that runs the model does not answer.',
    'Press Run: a fresh one starts. A smaller picture or fewer steps may help.',
    {
      retry: true,
    },
  ).value;
}

/** A model whose graphs are being built, or run for the first time, and do not come to an end. */
function neverReady(ms: number): EngineError {
  return fault(
    'TIMEOUT',
    `The model was not ready ${formatDuration(ms)} after the last sign of progress: one of its graphs may never come to an end.`,
    'Choose another model or another of its types; a slow device may need a smaller model.',
    { retry: true },
  ).value;
}

function unfinished(): EngineError {
  return fault('PROTOCOL', 'The run ended without saying how.', 'Run again; if it happens again, export the run and report it.', {
    retry: true,
  }).value;
}
