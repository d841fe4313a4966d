// What pressing Run would ask: the chosen picture (or that of the run on screen), the question and the settings.
import type { RunRequest } from '../../src/engine/run-source';
import { fault, toEngineError } from '../../src/errors';
import { bytesOfDataUrl } from '../../src/image/data-url';
import { cleanQuestion } from '../../src/prompt/question';
import { COMMON_FIELDS } from '../../src/settings/common';
import type { SettingsRecord } from '../../src/settings/space';
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
    const focus = picture.focus.get(clean);
    const bytes = await picture.blob.arrayBuffer();
    return { method, question: clean, settings, picture: { bytes, name: picture.name }, ...(focus === undefined ? {} : { focus }) };
  }
  const preview = stores.run.getState().state.image?.preview;
  if (preview === undefined) throw fault('BAD_IMAGE', en.picture.missing, en.picture.missingAction);
  return { method, question: clean, settings, picture: { bytes: bytesOfDataUrl(preview).buffer, name: en.picture.ofRun } };
}

/**
 * Builds the request of the run on screen once more, with settings changed; null when there is none. Its picture is the one that was asked
 * about, or of a recording the one that the model saw. Of another method's settings only the common ones are taken over.
 */
export async function repeatedRun(stores: SessionStores, changes: SettingsRecord, by?: string): Promise<RunRequest | null> {
  const { started, image } = stores.run.getState().state;
  if (started === null || image === null) return null;
  const { asked } = stores.input.getState();
  const { question } = started;
  const method = by ?? started.method;
  const kept = Object.entries(started.settings).filter(([name]) => method === started.method || Object.hasOwn(COMMON_FIELDS, name));
  const settings = { ...Object.fromEntries(kept), ...changes };
  const focus = asked?.focus.get(question);
  const picture =
    asked === null
      ? { bytes: bytesOfDataUrl(image.preview).buffer, name: en.picture.ofRun }
      : { bytes: await asked.blob.arrayBuffer(), name: asked.name };
  return { method, question, settings, picture, ...(focus === undefined ? {} : { focus }) };
}
