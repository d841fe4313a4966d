// What pressing Run would ask: the chosen picture (or that of the run on screen), the question and the settings.
import type { RunRequest } from '../src/engine/engine';
import { fault, toEngineError } from '../src/errors';
import { cleanQuestion } from '../src/prompt/question';
import { inputStore } from './stores/input-store';
import { runStore } from './stores/run-store';
import { settingsStore } from './stores/settings-store';
import { en } from './strings/en';

/** Builds the request; null when the question cannot be asked, which is then said beside it. Rejects with BAD_IMAGE when there is no picture. */
export async function nextRun(): Promise<RunRequest | null> {
  const { picture, question, refuseQuestion } = inputStore.getState();
  const { settings, method } = settingsStore().getState();
  let clean: string;
  try {
    clean = cleanQuestion(question);
  } catch (thrown) {
    const { message, action } = toEngineError(thrown);
    refuseQuestion(`${message} ${action}`);
    return null;
  }
  if (picture !== null) {
    return { method, question: clean, settings, picture: { bytes: await picture.blob.arrayBuffer(), name: picture.name } };
  }
  const preview = runStore.getState().state.image?.preview;
  if (preview === undefined) throw fault('BAD_IMAGE', en.picture.missing, en.picture.missingAction);
  return { method, question: clean, settings, picture: { bytes: bytesOf(preview), name: en.picture.ofRun } };
}

/** The bytes of a base64 data URL. (Fetching it would need the policy to allow data addresses.) */
function bytesOf(dataUrl: string): ArrayBuffer {
  const binary = atob(dataUrl.slice(dataUrl.indexOf(',') + 1));
  return Uint8Array.from(binary, (character) => character.charCodeAt(0)).buffer;
}
