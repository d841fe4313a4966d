// What pressing Run would ask: the chosen picture (or that of the run on screen), the question and the settings.
import type { RunRequest } from '../../src/engine/run-source';
import { fault, toEngineError } from '../../src/errors';
import { bytesOfDataUrl } from '../../src/image/data-url';
import { cleanQuestion } from '../../src/prompt/question';
import { en } from '../strings/en';
import type { SessionStores } from './session';

/** Builds the request; null when the question cannot be asked, which is then said beside it. Rejects with BAD_IMAGE when there is no picture. */
export async function nextRun(stores: SessionStores): Promise<RunRequest | null> {
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
  return { method, question: clean, settings, picture: { bytes: bytesOfDataUrl(preview).buffer, name: en.picture.ofRun } };
}
