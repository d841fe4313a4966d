// What a visitor sees before doing anything: the recording the address names, or the first of the list, playing at once.
import { toEngineError } from '../src/errors';
import { listRecordings, type RecordingEntry } from './library';
import { pageStore } from './stores/page-store';
import { inputStore } from './stores/input-store';
import { runStore } from './stores/run-store';
import { en } from './strings/en';
import { openRecording } from './transfer';

/** Opens the first recording. When there is none to open it says so; everything else on the page works without. */
export async function openFirstRecording(): Promise<void> {
  let recordings: readonly RecordingEntry[];
  try {
    recordings = await listRecordings();
    pageStore.getState().setRecordings(recordings);
  } catch (thrown) {
    const { detail } = toEngineError(thrown);
    const error = { code: 'DOWNLOAD', message: en.errors.noRecordings, action: en.errors.noRecordingsAction, retry: true } as const;
    pageStore.getState().setProblem({ error: detail === undefined ? error : { ...error, detail }, retry: () => void openFirstRecording() });
    return;
  }
  const wanted = new URLSearchParams(location.search).get('run');
  const entry = recordings.find(({ file }) => wanted !== null && file.replace(/\.jsonl$/, '') === wanted) ?? recordings[0];
  // A visitor who was quicker than the list keeps what they have begun.
  if (entry === undefined || runStore.getState().status !== 'idle' || inputStore.getState().questionTouched) return;
  const calm = matchMedia('(prefers-reduced-motion: reduce)').matches;
  await openRecording(entry, calm ? 'once' : 1);
}
