// The worker's side of the engine: one model, one job at a time, every outcome an event on the job's port.
import type { LoadRequest } from '../src/engine/model-host';
import type { RunRequest } from '../src/engine/run-source';
import { fault, toEngineError, type EngineError } from '../src/errors';
import type { DeviceReport, ModelReport, StoredModel } from '../src/engine/model-report';
import type { Context } from '../src/model/latent-model';
import { summarizeModel } from '../src/events/events';
import type { ExploreRequest } from '../src/explore/exploration';
import { explore } from '../src/explore/explore';
import { TraceKeeper, type ThoughtTrace } from '../src/explore/trace';
import type { MethodRegistry } from '../src/methods/method-registry';
import { METHODS } from '../src/methods/registry';
import { runPipeline } from '../src/run/pipeline';
import { reportDevice } from '../models/device/report';
import { forgetModel, storedModels } from '../models/files/stored-models';
import { inspectModel } from '../models/load/inspect';
import { loadModel, type LoadedModel } from '../models/load/load-model';
import { onYield } from '../models/runtime/yield';
import { decodeImage } from './decode-image';
import { type Answer, answer } from './answer';
import { holdLife } from './life';
import type { Permit } from './network';
import { PreparedPictures } from './prepared-pictures';
import { endsJob, type AliveMessage, type CancelMessage, type EngineService, type InspectRequest, type JobEvent } from './wire';

/** A hub that has not told of its small files by then will not. */
const INSPECT_MS = 60_000;

/** The least time between two heartbeats. */
const ALIVE_MS = 1000;

interface Job {
  readonly abort: AbortController;
  readonly done: Promise<void>;
}

export class EngineHost implements EngineService {
  readonly #methods: MethodRegistry;
  readonly #permit: Permit;
  readonly #pictures = new PreparedPictures();
  #loaded: LoadedModel | null = null;
  #job: Job | null = null;
  /** What the last run that may be continued from has read of its picture. */
  #held: Context | null = null;
  /** The vectors of the run that was made or looked at last. */
  #trace: { readonly runId: string; readonly trace: ThoughtTrace } | null = null;

  /** `permit` is told of each model that the visitor names, before it is looked at or loaded. */
  constructor(methods: MethodRegistry = METHODS, permit: Permit = () => undefined) {
    this.#methods = methods;
    this.#permit = permit;
  }

  hold(lock: string): Promise<boolean> {
    return holdLife(lock);
  }

  probe(): Promise<DeviceReport> {
    return reportDevice();
  }

  inspect({ source, token }: InspectRequest): Promise<Answer<ModelReport>> {
    this.#permit(source);
    const signal = AbortSignal.timeout(INSPECT_MS);
    return answer(() => inspectModel(source, { signal, ...(token === undefined ? {} : { token }) }));
  }

  stored(): Promise<Answer<readonly StoredModel[]>> {
    return answer(storedModels);
  }

  forget(key: string | null): Promise<Answer<null>> {
    return answer(async () => {
      await forgetModel(key);
      return null;
    });
  }

  load(request: LoadRequest, port: MessagePort): Promise<void> {
    this.#permit(request.source);
    return this.#start(port, async (post, signal) => {
      const begun = performance.now();
      await this.#release();
      const loaded = await loadModel(request, post, signal);
      this.#loaded = loaded;
      post({
        type: 'ready',
        model: summarizeModel(loaded.model.info),
        device: loaded.device,
        ms: performance.now() - begun,
      });
    });
  }

  run(request: RunRequest, port: MessagePort): Promise<void> {
    return this.#start(port, async (post, signal) => {
      const loaded = this.#loaded;
      if (!loaded) throw fault('BAD_INPUT', 'No model is loaded.', 'Load a model first.', { retry: true });
      const { question, settings, picture, focus, reuse = false } = request;
      if (reuse !== true) this.#letGo();
      const runId = crypto.randomUUID();
      const trace = new TraceKeeper();
      this.#trace = { runId, trace };
      const events = runPipeline({
        runId,
        trace,
        method: this.#methods.get(request.method),
        question,
        settings,
        model: loaded.model,
        device: loaded.device,
        prepare: (model, bounds) => this.#pictures.prepare(model, picture, bounds),
        ...(focus === undefined ? {} : { focus }),
        ...(reuse !== false ? { hold: (context) => this.#hold(context) } : {}),
        signal,
        now: () => performance.now(),
        startedAt: new Date().toISOString(),
      });
      for await (const event of events) post(event);
    });
  }

  explore(request: ExploreRequest, port: MessagePort): Promise<void> {
    return this.#start(port, async (post, signal) => {
      const loaded = this.#loaded;
      if (!loaded) throw fault('BAD_INPUT', 'No model is loaded.', 'Load a model first.', { retry: true });
      const { runId, run, ask, model, answer } = request;
      const { id, name, dtype } = loaded.model.info;
      if (id !== model.id || dtype !== model.dtype) {
        throw fault(
          'BAD_INPUT',
          `This run was made with ${model.name} (${model.dtype}), and ${name} (${dtype}) is loaded: it would have had another thought.`,
          'Choose that model, or press Run to make the run with this one.',
        );
      }
      const events = explore({
        method: this.#methods.get(run.method),
        question: run.question,
        settings: run.settings,
        model: loaded.model,
        prepare: (one, bounds) => this.#pictures.prepare(one, run.picture, bounds),
        ...(run.focus === undefined ? {} : { focus: run.focus }),
        trace: this.#trace?.runId === runId ? this.#trace.trace : null,
        kept: (trace) => (this.#trace = { runId, trace }),
        ask,
        answer: Uint32Array.from(answer),
        other: ask.kind === 'dependence' && ask.other !== undefined ? await decodeImage(ask.other) : null,
        signal,
        now: () => performance.now(),
      });
      for await (const event of events) post(event);
    });
  }

  async deviceLost(): Promise<EngineError | null> {
    const loaded = this.#loaded;
    const error = (await loaded?.trusted.runtime.loss) ?? null;
    // A device that was given back is lost too; nobody misses it.
    return this.#loaded === loaded ? error : null;
  }

  async unload(): Promise<void> {
    this.#job?.abort.abort();
    await this.#job?.done;
    await this.#release();
  }

  /** Runs a job whose events go to `port`. Resolves when the job has ended; what it throws becomes the terminal event. */
  async #start(port: MessagePort, work: (post: (event: JobEvent) => void, signal: AbortSignal) => Promise<void>): Promise<void> {
    let ended = false;
    const post = (event: JobEvent): void => {
      if (ended) return;
      ended = endsJob(event);
      port.postMessage(event);
    };
    const fail = (error: EngineError): void =>
      post(error.code === 'CANCELLED' ? { type: 'cancelled', step: null } : { type: 'failed', error });
    if (this.#job) {
      fail(fault('BAD_INPUT', 'Another job is running.', 'Wait until it has finished, or stop it.', { retry: true }).value);
      port.close();
      return;
    }
    const abort = new AbortController();
    port.addEventListener('message', (message: MessageEvent<CancelMessage>) => {
      if (message.data.type === 'cancel') abort.abort();
    });
    port.start();
    let last = performance.now();
    onYield(() => {
      const now = performance.now();
      if (now - last < ALIVE_MS) return;
      last = now;
      port.postMessage({ type: 'alive' } satisfies AliveMessage);
    });
    const done = work(post, abort.signal)
      .catch((error: unknown) => fail(toEngineError(error)))
      .finally(() => {
        this.#job = null;
        onYield(null);
        port.close();
      });
    this.#job = { abort, done };
    await done;
  }

  #hold(context: Context): void {
    this.#letGo();
    this.#held = context.branch();
  }

  #letGo(): void {
    this.#held?.release();
    this.#held = null;
  }

  async #release(): Promise<void> {
    const loaded = this.#loaded;
    this.#loaded = null;
    this.#letGo();
    this.#pictures.forget();
    this.#trace = null;
    await loaded?.close();
  }
}
