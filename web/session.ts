// What the page does when asked: play a recording, load the model, run, stop. The only place that drives an engine.
import { type EngineError, fault, toEngineError } from '../src/errors';
import type { Engine, LoadRequest, RunRequest } from '../src/engine/engine';
import { isTerminal, type RunEvent } from '../src/events/events';
import type { LiveEngine } from './engine/live-engine';
import { FrameQueue } from './engine/frame-queue';
import { ReplayEngine, type ReplaySpeed } from './engine/replay-engine';
import { nextRun } from './next-run';
import { EMBEDDED_MODEL } from './embedded-model';
import { inputStore } from './stores/input-store';
import { isOther } from './stores/chosen-model';
import { ended as endedLoad, isLoading, modelStore } from './stores/model-store';
import { keepRun } from './stores/past-runs';
import { pageStore } from './stores/page-store';
import { type RecordingInfo, type RunSource, runStore } from './stores/run-store';
import { settingsStore } from './stores/settings-store';

let live: LiveEngine | null = null;
/** What is going on now; aborting it stops it. */
let current: AbortController | null = null;
/** Ends what is going on, so that something else may begin. */
let ended: Promise<void> = Promise.resolve();
/** The model on its way; aborting it stops that. */
let loading: AbortController | null = null;

/** Plays a recorded run from its start. Whatever was going on is stopped first. */
export async function playRecording(
  events: readonly RunEvent[],
  info: RecordingInfo,
  speed: ReplaySpeed,
  suggestions: readonly string[] = [],
): Promise<void> {
  await inTurn(async (signal) => {
    const started = events.find((event) => event.type === 'started');
    inputStore.getState().adopt(started?.question ?? '', suggestions);
    await stream(new ReplayEngine(events, speed), null, 'recording', info, signal);
  });
}

/** Runs what the visitor asked, loading the model first when there is none. */
export async function run(): Promise<void> {
  let request: RunRequest | null;
  pageStore.getState().setProblem(null);
  try {
    request = await nextRun();
  } catch (thrown) {
    complain(toEngineError(thrown), null);
    return;
  }
  if (request === null) return;
  // A recording goes on playing while the model loads: the worker does that.
  if (!(await load(() => void run()))) return;
  await inTurn(async (signal) => {
    holdPicture(request.picture);
    await stream(await liveEngine(), request, 'live', null, signal);
    const { events, state } = runStore.getState();
    // What trying again can cure (a lost device, no memory, a silent thread) is cured by a fresh worker.
    if (state.error?.retry === true) live?.unload();
    await keepRun(events);
  });
}

/** Loads the model and does nothing else. */
export async function loadModel(): Promise<void> {
  pageStore.getState().setProblem(null);
  await load(() => void loadModel());
}

/** Stops the live run and the loading that are going on. A recording plays on. */
export function stop(): void {
  loading?.abort();
  if (runStore.getState().source !== 'live') return;
  runStore.getState().markStopping();
  current?.abort();
}

/** Gives the model's memory back. */
export function unloadModel(): void {
  stop();
  live?.unload();
  modelStore.getState().set({ phase: 'idle' });
}

/** Keeps the picture that is asked about, so that it stays in sight and is asked about again in full quality. */
function holdPicture({ bytes, name }: RunRequest['picture']): void {
  const { picture, runSuggestions, setPicture, markAsked } = inputStore.getState();
  if (picture === null) setPicture({ blob: new Blob([bytes]), name, suggestions: runSuggestions, sample: null });
  markAsked();
}

async function inTurn(work: (signal: AbortSignal) => Promise<void>): Promise<void> {
  current?.abort();
  const controller = new AbortController();
  current = controller;
  const before = ended;
  let done = (): void => undefined;
  ended = new Promise((resolve) => (done = resolve));
  try {
    await before;
    if (!controller.signal.aborted) await work(controller.signal);
  } finally {
    if (current === controller) current = null;
    done();
  }
}

async function stream(
  engine: Engine,
  request: RunRequest | null,
  source: RunSource,
  info: RecordingInfo | null,
  signal: AbortSignal,
): Promise<void> {
  const { begin, append } = runStore.getState();
  begin(source, info);
  const queue = new FrameQueue<RunEvent>(append);
  for await (const event of engine.run(request as RunRequest, signal)) {
    queue.push(event);
    if (isTerminal(event)) queue.flush();
  }
  queue.flush();
}

/** Loads the model unless it is there; answers whether it is. `retry` is what "Try again" does after a failure. */
async function load(retry: () => void): Promise<boolean> {
  const { set, take } = modelStore.getState();
  if (modelStore.getState().model.phase === 'ready') return true;
  const controller = new AbortController();
  loading?.abort();
  loading = controller;
  set({ ...endedLoad(modelStore.getState().model), phase: 'probing' });
  // What looks at a chosen picture comes along: with a model loaded, all goes on without a network.
  void import('../src/image/sniff').catch(() => undefined);
  try {
    const engine = await liveEngine();
    const request = await nextLoad(controller.signal, retry);
    if (loading !== controller) return false;
    if (request === null) {
      set(endedLoad(modelStore.getState().model));
      return false;
    }
    for await (const event of engine.load(request, controller.signal)) {
      if (loading !== controller) return false;
      take(event);
      if (event.type === 'failed') complain(event.error, retry);
    }
  } catch (thrown) {
    const error = toEngineError(thrown);
    take({ type: 'failed', error });
    complain(error, retry);
  } finally {
    if (loading === controller) loading = null;
  }
  return modelStore.getState().model.phase === 'ready';
}

/** What loading asks for. Null when that needs a download to which the visitor has not agreed: then they are being asked. */
async function nextLoad(signal: AbortSignal, after: () => void): Promise<LoadRequest | null> {
  if (isOther()) return (await opened(import('./chooser/next-load'))).nextLoad(signal, after);
  const { device, dtype } = settingsStore().getState();
  return { source: { kind: 'site', url: EMBEDDED_MODEL }, dtype, device };
}

function complain(error: EngineError, retry: (() => void) | null): void {
  pageStore.getState().setProblem({ error, retry: error.retry ? retry : null });
}

/** The worker's client, fetched with comlink when it is first asked for. Rejects with an EngineFault. */
export async function liveEngine(): Promise<LiveEngine> {
  if (live !== null) return live;
  const module = await opened(import('./engine/live-engine'));
  live ??= new module.LiveEngine({
    onLost: (error) => {
      if (modelStore.getState().model.phase === 'ready' || isLoading(modelStore.getState().model)) {
        modelStore.getState().set(endedLoad(modelStore.getState().model));
      }
      // A run that loses its device says so itself; between runs there is nobody else to say it.
      if (error.code === 'DEVICE_LOST') complain(error, () => void loadModel());
    },
  });
  return live;
}

/** A part of the page that is fetched when it is first needed. Rejects with an EngineFault. */
async function opened<T>(part: Promise<T>): Promise<T> {
  return part.catch((thrown: unknown) => {
    throw fault('DOWNLOAD', 'The part of the page that runs models could not be opened.', 'Check the connection and try again.', {
      retry: true,
      detail: String(thrown),
    });
  });
}
