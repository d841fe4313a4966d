// What a session is: one run on screen, one model, one set of choices, and what can be done with them.
import type { StoreApi } from 'zustand/vanilla';
import type { RunEvent } from '../../src/events/events';
import type { MethodRegistry } from '../../src/methods/method-registry';
import type { SettingsRecord } from '../../src/settings/space';
import type { LiveEngine } from '../engine/live-engine';
import type { ReplaySpeed } from '../engine/recorded-run';
import type { ChosenModel } from '../stores/chosen-model';
import type { InputStore } from '../stores/input-store';
import type { ModelStore } from '../stores/model-store';
import type { PageStore } from '../stores/page-store';
import type { Playback } from '../stores/playback';
import type { RanRuns } from '../stores/ran-runs';
import type { RecordingInfo, RunStore } from '../stores/run-store';
import type { SettingsStore } from '../stores/settings-store';
import type { Turns } from './turns';

/** What a session holds. */
export interface SessionStores {
  readonly run: StoreApi<RunStore>;
  readonly playback: StoreApi<Playback>;
  readonly input: StoreApi<InputStore>;
  readonly model: StoreApi<ModelStore>;
  readonly chosenModel: StoreApi<ChosenModel>;
  readonly settings: StoreApi<SettingsStore>;
  readonly page: StoreApi<PageStore>;
  readonly ran: StoreApi<RanRuns>;
}

export interface Session extends SessionStores {
  readonly methods: MethodRegistry;
  /** Plays a recorded run from its start. Whatever was going on is stopped first. Resolves when it has ended. */
  playRecording(events: readonly RunEvent[], info: RecordingInfo, speed: ReplaySpeed, suggestions?: readonly string[]): Promise<void>;
  /** Runs what the visitor asked, loading the model first when there is none. Resolves when that has ended; never rejects. */
  start(): Promise<void>;
  /** Makes the run on screen again with settings changed, loading the model first when there is none. Never rejects. */
  repeat(changes: SettingsRecord): Promise<void>;
  /** Does something with the model beside runs: it stops when a run or a recording begins, and waits for what was going on. */
  readonly aside: Turns['take'];
  /**
   * Runs other methods on the picture and question of the run on screen, which stays there, with its common settings and these; each goes to
   * `ran`. What began meanwhile stops them. Never rejects.
   */
  runBeside(methods: readonly string[], changes: SettingsRecord): Promise<void>;
  /** Loads the model and does nothing else. Never rejects. */
  loadModel(): Promise<void>;
  /** Stops the live run, the loading and the runs in turn that are going on. A recording plays on. */
  stop(): void;
  /** Gives the model's memory back. */
  unloadModel(): void;
  /** The worker's client, fetched when it is first asked for. Rejects with an EngineFault. */
  host(): Promise<LiveEngine>;
  /** Stops everything and gives the model's memory back: for a session that nobody shows any more. */
  close(): void;
}
