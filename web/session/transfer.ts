// Runs in and out of the page: exports as files, imports from files, the recordings served beside the page.
import { fault, toEngineError } from '../../src/errors';
import type { OwnColumns } from '../../src/events/csv';
import type { RunEvent } from '../../src/events/events';
import type { RunState } from '../../src/events/fold';
import type * as recordReader from '../../src/events/read-record';
import { MAX_RECORD_LENGTH, recordLines } from '../../src/events/record';
import type { MethodRegistry } from '../../src/methods/registry';
import type { ReplaySpeed } from '../engine/recorded-run';
import { inTurns, joined } from '../lib/in-turns';
import { openedPart } from '../lib/opened-part';
import { fetchRecording, type RecordingEntry } from '../library';
import { type PastRun, readPastRun } from '../stores/past-runs';
import { en } from '../strings/en';
import { isRunningLive } from './busy';
import { partOfSession } from './part-of-session';
import type { Session } from './session';

type RecordReader = Pick<typeof recordReader, 'readRecord'>;
export type ExportKind = 'run' | 'steps' | 'tokens';

/** Hands the run on screen to the visitor as a file. */
export async function exportRun(session: Session, kind: ExportKind): Promise<void> {
  const { run, methods } = session;
  const { events, state } = run.getState();
  const name = `noema-${(state.started?.startedAt ?? 'run').slice(0, 19).replaceAll(':', '-')}`;
  await withProblems(
    session,
    async () => {
      if (kind === 'run') return save(`${name}.jsonl`, 'application/jsonl', [await inTurns(joined(recordLines(events)))]);
      const { stepsCsv, tokensCsv } = await openTables();
      const table = kind === 'steps' ? stepsCsv(state, ownColumns(state, methods)) : tokensCsv(state);
      save(`${name}-${kind}.csv`, 'text/csv', [table]);
    },
    null,
  );
}

/** What writes tables: fetched with a model, or when the first is asked for. Rejects with an EngineFault. */
const openTables = () => openedPart(import('../../src/events/csv'), 'writes tables');

/** The columns that the run's own method adds; undefined where it adds none. */
function ownColumns({ started }: RunState, methods: MethodRegistry): OwnColumns | undefined {
  const method = methods.find(started?.method ?? '');
  return started === null ? undefined : method?.columns?.(method.space.parse(started.settings));
}

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
  const { readRecord } = await openReader();
  const { events } = await inTurns(readRecord(text, methods));
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

/** Hands a text to the visitor as a file. */
export function save(name: string, type: string, parts: readonly BlobPart[]): void {
  const url = URL.createObjectURL(new Blob([...parts], { type: `${type};charset=utf-8` }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
