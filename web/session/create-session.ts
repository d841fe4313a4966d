// Makes sessions; several in one page do not influence one another.
import type { RunEvent } from '../../src/events/events';
import { isTerminal } from '../../src/events/kinds';
import type { RunRequest, RunSource } from '../../src/engine/run-source';
import { toEngineError } from '../../src/errors';
import type { MethodRegistry } from '../../src/methods/method-registry';
import { OFFERED } from '../../src/methods/offered';
import { FrameQueue } from '../engine/frame-queue';
import { recordedRun } from '../engine/recorded-run';
import { openedPart } from '../lib/opened-part';
import { createChosenModel } from '../stores/chosen-model';
import { createInputStore } from '../stores/input-store';
import { createModelStore } from '../stores/model-store';
import { createPageStore } from '../stores/page-store';
import { keepRun } from '../stores/past-runs';
import { createPlayback } from '../stores/playback';
import { createRanRuns } from '../stores/ran-runs';
import { createRunStore, type RecordingInfo, type RunOrigin } from '../stores/run-store';
import { type ChoicePlaces, createSettingsStore, placesInMemory } from '../stores/settings-store';
import { createLoader } from './loader';
import { nextRun, repeatedRun } from './next-run';
import type { Session, SessionStores } from './session';
import { createTurns } from './turns';

export interface SessionOptions {
  /** Where choices are read from and written to; in memory by default. */
  readonly places?: ChoicePlaces;
  readonly methods?: MethodRegistry;
}

/** Makes a session with stores of its own. Nothing is fetched or started before it is asked for. */
export function createSession({ places = placesInMemory(), methods = OFFERED }: SessionOptions = {}): Session {
  const run = createRunStore();
  const stores: SessionStores = {
    run,
    playback: createPlayback(run),
    input: createInputStore(),
    model: createModelStore(),
    chosenModel: createChosenModel(),
    settings: createSettingsStore(places, methods),
    page: createPageStore(),
    ran: createRanRuns(),
  };
  const loader = createLoader(stores, () => session);
  const turns = createTurns();
  /** Makes one live run; `again` is what a retry does. Never rejects. */
  const perform = async (make: () => Promise<RunRequest | null>, again: () => Promise<void>): Promise<void> => {
    let request: RunRequest | null;
    stores.page.getState().setProblem(null);
    try {
      request = await make();
    } catch (thrown) {
      stores.page.getState().setProblem({ error: toEngineError(thrown), retry: null });
      return;
    }
    if (request === null) return;
    const asked = request;
    // A recording goes on playing while the model loads: the worker does that.
    if (!(await loader.load(() => void again()))) return;
    await turns.take(async (signal) => {
      // What was going on may have taken its thread along when it ended, and the model with it.
      if (!(await loader.load(() => void again()))) return;
      holdPicture(stores, asked.picture);
      const host = await loader.host();
      await follow(stores, host.source(asked), 'live', null, signal);
      const { events, state } = stores.run.getState();
      // Faults that may not come again (a lost device, no memory, a stall timeout) are retried in a fresh worker.
      if (state.error?.retry === true) host.unload();
      stores.ran.getState().add(state, null);
      await keepRun(events);
    });
  };
  const session: Session = {
    ...stores,
    methods,
    async playRecording(events, info, speed, suggestions = []) {
      await turns.take(async (signal) => {
        const started = events.find((event) => event.type === 'started');
        stores.input.getState().adopt(started?.question ?? '', suggestions);
        await follow(stores, recordedRun(events, speed), 'recording', info, signal);
      });
    },
    start: () => perform(() => nextRun(stores), session.start),
    repeat: (changes) =>
      perform(
        () => repeatedRun(stores, changes),
        () => session.repeat(changes),
      ),
    async runBeside(ids, changes) {
      try {
        const part = await openedPart(import('./beside'), 'compares runs');
        await part.runBeside({ stores, loader, turns }, ids, changes);
      } catch (thrown) {
        stores.page.getState().setProblem({ error: toEngineError(thrown), retry: () => void session.runBeside(ids, changes) });
      }
    },
    async loadModel() {
      stores.page.getState().setProblem(null);
      await loader.load(() => void session.loadModel());
    },
    stop() {
      stores.page.getState().batch?.stop();
      loader.stop();
      if (stores.ran.getState().beside !== null) turns.stop();
      if (run.getState().source !== 'live') return;
      run.getState().markStopping();
      turns.stop();
    },
    unloadModel() {
      session.stop();
      loader.unload();
    },
    host: loader.host,
    aside: turns.take,
    close() {
      turns.stop();
      stores.playback.getState().pause();
      session.unloadModel();
    },
  };
  return session;
}

/** Keeps the picture that is asked about, so that it stays in sight and is asked about again in full quality. */
function holdPicture({ input }: SessionStores, { bytes, name }: RunRequest['picture']): void {
  const { picture, runSuggestions, setPicture, markAsked } = input.getState();
  const blob = new Blob([bytes]);
  if (picture === null) setPicture({ blob, name, suggestions: runSuggestions, focus: new Map(), sample: null }, blob);
  markAsked();
}

/** Shows a run from its first event to its last. */
async function follow(
  { run }: SessionStores,
  source: RunSource,
  origin: RunOrigin,
  info: RecordingInfo | null,
  signal: AbortSignal,
): Promise<void> {
  const { begin, append } = run.getState();
  begin(origin, info);
  const queue = new FrameQueue<RunEvent>(append);
  for await (const event of source.start(signal)) {
    queue.push(event);
    if (isTerminal(event)) queue.flush();
  }
  queue.flush();
}
