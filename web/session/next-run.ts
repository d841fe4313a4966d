// What pressing Run would ask: the chosen picture (or that of the run on screen), the question and the settings.
import type { RunRequest } from '../../src/engine/run-source';
import { fault, toEngineError } from '../../src/errors';
import { cleanQuestion } from '../../src/prompt/question';
import { en } from '../strings/en';
import type { SessionStores } from './session';

/**
 * Builds the request, with the picture that was chosen last even when it is still on its way. Null when that picture is refused meanwhile,
 * which the page then says as its problem, and when the question cannot be asked, which is said beside it. Rejects with BAD_IMAGE when there
 * is no picture. The page must have no problem when this is called.
 */
export async function nextRun(stores: SessionStores): Promise<RunRequest | null> {
  await stores.input.getState().coming;
  if (stores.page.getState().problem !== null) return null;
  const { picture, question, refuseQuestion } = stores.input.getState();
  const { settings, method } = stores.settings.getState();
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
  const preview = stores.run.getState().state.image?.preview;
  if (preview === undefined) throw fault('BAD_IMAGE', en.picture.missing, en.picture.missingAction);
  return { method, question: clean, settings, picture: { bytes: bytesOf(preview), name: en.picture.ofRun } };
}

/** The bytes of a base64 data URL. (Fetching it would need the policy to allow data addresses.) */
function bytesOf(dataUrl: string): ArrayBuffer {
  const binary = atob(dataUrl.slice(dataUrl.indexOf(',') + 1));
  return Uint8Array.from(binary, (character) => character.charCodeAt(0)).buffer;
}
