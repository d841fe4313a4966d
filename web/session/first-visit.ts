// What a visitor sees before doing anything: the recording the address names, or the first of the list, playing at once.
import { toEngineError } from '../../src/errors';
import { listRecordings, type RecordingEntry } from '../library';
import { en } from '../strings/en';
import type { Session } from './session';
import { openReader, openRecording } from './transfer';

/** Opens the first recording. When there is none to open it says so; everything else on the page works without. */
export async function openFirstRecording(session: Session): Promise<void> {
  const { page, run, input } = session;
  let recordings: readonly RecordingEntry[];
  // It travels together with the list; what keeps it from coming is said when the recording is opened.
  void openReader().catch(() => undefined);
  try {
    recordings = await listRecordings();
    page.getState().setRecordings(recordings);
  } catch (thrown) {
    const { detail } = toEngineError(thrown);
    const error = { code: 'DOWNLOAD', message: en.errors.noRecordings, action: en.errors.noRecordingsAction, retry: true } as const;
    page
      .getState()
      .setProblem({ error: detail === undefined ? error : { ...error, detail }, retry: () => void openFirstRecording(session) });
    return;
  }
  const wanted = new URLSearchParams(location.search).get('run');
  const entry = recordings.find(({ file }) => wanted !== null && file.replace(/\.jsonl$/, '') === wanted) ?? recordings[0];
  // A visitor who was quicker than the list keeps what they have begun.
  if (entry === undefined || run.getState().status !== 'idle' || input.getState().questionTouched) return;
  const calm = matchMedia('(prefers-reduced-motion: reduce)').matches;
  await openRecording(session, entry, calm ? 'once' : 1);
}
