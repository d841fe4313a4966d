// Runs in and out of the page: exports, imports from files, the recordings served beside the page.
import { fault, toEngineError } from '../../src/errors';
import type { RunEvent } from '../../src/events/events';
import type * as recordReader from '../../src/events/read-record';
import { MAX_RECORD_LENGTH } from '../../src/events/record';
import type { MethodRegistry } from '../../src/methods/method-registry';
import { withRecorded } from '../../src/methods/offered';
import type { ReplaySpeed } from '../engine/recorded-run';
import { inTurns } from '../lib/in-turns';
import { openedPart } from '../lib/opened-part';
import { fetchRecording, type RecordingEntry } from '../library';
import { type PastRun, readPastRun } from '../stores/past-runs';
import { en } from '../strings/en';
import { isRunningLive } from './busy';
import type { ExportKind } from './export-run';
import { partOfSession } from './part-of-session';
import type { Session } from './session';

type RecordReader = Pick<typeof recordReader, 'methodOf' | 'readRecord'>;

/** Hands the run on screen to the visitor as a file. What makes it is fetched when it is first asked for; a fault is said. */
export async function exportRun(session: Session, kind: ExportKind): Promise<void> {
  const write = async (): Promise<void> => (await openedPart(import('./export-run'), 'exports runs')).exportRun(session, kind);
  await withProblems(session, write, () => void exportRun(session, kind));
}

/** The methods, with all that a recording of this one needs. Rejects with an EngineFault. */
const whole = (methods: MethodRegistry, id: string): Promise<MethodRegistry> => openedPart(withRecorded(methods, id), 'reads recordings');

/** Plays a run from a file. On any fault the run on screen stays and the problem is said. */
export async function importRun(session: Session, file: File): Promise<void> {
  await withProblems(
    session,
    async () => {
      if (file.size > MAX_RECORD_LENGTH) {
        throw fault('PROTOCOL', en.errors.largeRecording(file.name, file.size, MAX_RECORD_LENGTH), en.errors.largeRecordingAction);
      }
      await open(session, await textOf(file), file.name, 'once');
    },
    null,
  );
}

/** The text of a file, decoded in pieces as they arrive: a large file decoded at once would hold the page up. */
async function textOf(file: File): Promise<string> {
  const reader = file.stream().pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return text;
    text += value;
  }
}

/** Plays a recording served beside the page. */
export async function openRecording(session: Session, entry: RecordingEntry, speed: ReplaySpeed): Promise<void> {
  await withProblems(
    session,
    async () => open(session, await fetchRecording(entry), entry.title, speed, entry.device, entry.questions),
    () => void openRecording(session, entry, speed),
  );
}

/** Opens a run made here earlier, all of it at once. */
export function openPastRun(session: Session, { id, question, device }: PastRun): Promise<void> {
  return openKept(session, () => readPastRun(id), question, device);
}

/** Opens a run that `read` finds where it was kept, all of it at once; null is said as a run that is no longer there. */
export async function openKept(session: Session, read: () => Promise<string | null>, title: string, device?: string): Promise<void> {
  await withProblems(
    session,
    async () => {
      const text = await read();
      if (text === null) throw fault('BAD_INPUT', en.runs.lost, en.runs.lostAction);
      await open(session, text, title, 'once', device);
    },
    null,
  );
}

/** What reads recordings: fetched when the first is opened. Rejects with an EngineFault. */
export function openReader(): Promise<RecordReader> {
  return openedPart(import('../../src/events/read-record'), 'reads recordings');
}

/** How many recordings a session was asked to open. */
const latestOf = partOfSession(() => ({ number: 0 }));

async function open(
  session: Session,
  text: string,
  title: string,
  speed: ReplaySpeed,
  device?: string,
  suggestions?: readonly string[],
): Promise<void> {
  const { methods, page, run, playRecording } = session;
  const wasLive = isRunningLive(run.getState());
  const asked = latestOf(session);
  const number = ++asked.number;
  const { methodOf, readRecord } = await openReader();
  const { events } = await inTurns(readRecord(text, await whole(methods, methodOf(text))));
  // What was opened or begun while this one was read stays.
  if (asked.number !== number || (!wasLive && isRunningLive(run.getState()))) return;
  const recordedOn = device ?? deviceOf(events);
  page.getState().setProblem(null);
  await playRecording(events, { title, device: recordedOn }, speed, suggestions);
}

function deviceOf(events: readonly RunEvent[]): string {
  for (const event of events) if (event.type === 'started') return event.device.description;
  return '';
}

async function withProblems({ page }: Session, work: () => Promise<void>, retry: (() => void) | null): Promise<void> {
  try {
    await work();
  } catch (thrown) {
    const error = toEngineError(thrown);
    page.getState().setProblem({ error, retry: error.retry ? retry : null });
  }
}
