// What crosses between the page and the worker: calls by comlink, the events of each job by one MessagePort of its own.
import type { LoadRequest } from '../src/engine/model-host';
import type { RunRequest } from '../src/engine/run-source';
import type { EngineError } from '../src/errors';
import type { DeviceReport, ModelReport, StoredModel } from '../src/engine/model-report';
import type { ModelSource } from '../src/engine/model-source';
import type { LoadEvent, RunEvent } from '../src/events/events';
import type { ExploreEvent, ExploreRequest } from '../src/explore/exploration';
import type { Answer } from './answer';

/** What the worker stores depends on the page that holds its cache. */
export { holdCache } from '../models/files/hold-cache';

/** A question about a model before it is loaded. `token` opens a gated one. */
export interface InspectRequest {
  readonly source: ModelSource;
  readonly token?: string;
}

/**
 * The worker's methods, wrapped with comlink on the page: `wrap<EngineService>(worker)`. `load`, `run` and `explore` answer when
 * their job has ended; everything there is to know about it, failures included, arrives on the port (transfer it:
 * `service.run(request, transfer(port, [port]))`). One job at a time: a second is answered by a `failed` event.
 */
export interface EngineService {
  /** Holds the Web Lock of this name until the worker ends (workers/life.ts). Answers whether it does. */
  hold(lock: string): Promise<boolean>;
  probe(): Promise<DeviceReport>;
  /** Looks at a model's small files and its list of files; downloads no weights. */
  inspect(request: InspectRequest): Promise<Answer<ModelReport>>;
  /** The models kept on this device, the last used first. */
  stored(): Promise<Answer<readonly StoredModel[]>>;
  /** Deletes a stored model, or all with null. Fails while it is being downloaded or loaded, in any tab. */
  forget(key: string | null): Promise<Answer<null>>;
  load(request: LoadRequest, port: MessagePort): Promise<void>;
  run(request: RunRequest, port: MessagePort): Promise<void>;
  /** Finds something out about a run, with the loaded model. */
  explore(request: ExploreRequest, port: MessagePort): Promise<void>;
  /** Answers when the loaded model's device is lost, which can happen while nothing runs; null when there is no such model (any more). */
  deviceLost(): Promise<EngineError | null>;
  /** Gives the model's memory back. A running job is cancelled first. */
  unload(): Promise<void>;
}

/** What a job's port carries to the page. */
export type JobEvent = LoadEvent | RunEvent | ExploreEvent;

/** A heartbeat on a job's port: work goes on, and there is nothing to tell of it yet. */
export interface AliveMessage {
  readonly type: 'alive';
}

/** What a job's port carries to the worker. */
export interface CancelMessage {
  readonly type: 'cancel';
}

/** Whether an event ends its job's stream; exactly one does. */
export function endsJob(event: JobEvent): boolean {
  const { type } = event;
  return type === 'ready' || type === 'finished' || type === 'explored' || type === 'cancelled' || type === 'failed';
}

/** The page's end of one job. */
export interface JobStream<E extends JobEvent> {
  /** The worker's end: transfer it with the call that starts the job. */
  readonly remote: MessagePort;
  /** Events in order, up to and including the terminal one; may be iterated once. Leaving the loop early cancels the job. */
  readonly events: AsyncIterable<E>;
  /** Asks the worker to stop; the stream still ends with the worker's own terminal event. */
  cancel(): void;
  /** Ends the stream from this side, for a worker that died or does not answer. Without effect, and false, after a terminal event. */
  end(event: E): boolean;
}

/** Opens a job's channel. `onAlive` is called with the worker's heartbeats. */
export function openJob<E extends JobEvent>(onAlive: () => void = () => undefined): JobStream<E> {
  const { port1: local, port2: remote } = new MessageChannel();
  const queue: E[] = [];
  let ended = false;
  let wake: (() => void) | null = null;
  const push = (event: E): boolean => {
    if (ended) return false;
    ended = endsJob(event);
    queue.push(event);
    if (ended) local.close();
    wake?.();
    return true;
  };
  const cancel = (): void => {
    if (!ended) local.postMessage({ type: 'cancel' } satisfies CancelMessage);
  };
  local.addEventListener('message', ({ data }: MessageEvent<E | AliveMessage>) => {
    if (data.type === 'alive') onAlive();
    else push(data);
  });
  local.start();

  async function* iterate(): AsyncGenerator<E, void, undefined> {
    let finished = false;
    try {
      for (;;) {
        const event = queue.shift();
        if (event === undefined) {
          await new Promise<void>((resolve) => (wake = resolve));
          wake = null;
          continue;
        }
        finished = endsJob(event);
        yield event;
        if (finished) return;
      }
    } finally {
      if (!finished) cancel();
    }
  }
  return { remote, events: iterate(), cancel, end: push };
}
