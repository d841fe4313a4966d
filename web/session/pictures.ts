// Pictures into the page: from files, the clipboard, samples and the scene editor; each is checked before it replaces another.
import * as v from 'valibot';
import { fault, toEngineError } from '../../src/errors';
import { get, getJson, localPath, words } from '../library';
import type { ChosenPicture } from '../stores/input-store';
import { en } from '../strings/en';
import type { Session } from './session';

const samplesSchema = v.object({ samples: v.array(v.object({ file: localPath, questions: v.array(v.object({ question: words })) })) });

/** A picture that comes with the page, and questions about it. */
export interface Sample {
  readonly file: string;
  readonly title: string;
  readonly questions: readonly string[];
}

/** The sample pictures served beside the page. Rejects with an EngineFault or a ValiError. */
export async function listSamples(): Promise<readonly Sample[]> {
  const { samples } = v.parse(samplesSchema, await getJson('samples/index.json'));
  return samples.map(({ file, questions }, index) => ({
    file,
    title: en.picture.sampleTitle(index + 1),
    questions: questions.map(({ question }) => question),
  }));
}

/** Takes a picture file as the next run's picture. What cannot be used is said, and the picture before it stays. */
export async function takeFile(session: Session, file: Blob, name: string): Promise<void> {
  await choose(session, async () => ({ blob: file, name, suggestions: [], sample: null }));
}

/** Takes a sample picture with its first question: questions are about one picture. */
export async function takeSample(session: Session, sample: Sample): Promise<void> {
  await choose(session, async () => {
    const blob = await (await get(`samples/${sample.file}`)).blob();
    return { blob, name: sample.title, suggestions: sample.questions, sample: sample.file };
  });
}

/** Takes a drawn scene with questions that suit it. */
export async function takeScene(session: Session, blob: Blob, suggestions: readonly string[]): Promise<void> {
  await choose(session, async () => ({ blob, name: en.picture.scene, suggestions, sample: null }));
}

/** Takes the picture that `make` brings; a run that is asked for before it is there waits for it. Never rejects. */
function choose(session: Session, make: () => Promise<Omit<ChosenPicture, 'url'>>): Promise<void> {
  const coming = take(session, make);
  session.input.getState().expectPicture(coming);
  return coming;
}

async function take(session: Session, make: () => Promise<Omit<ChosenPicture, 'url'>>): Promise<void> {
  const { input } = session;
  const { setProblem } = session.page.getState();
  const { question } = input.getState();
  try {
    const picture = await make();
    await check(picture.blob, picture.name);
    input.getState().setPicture(picture);
    const [first] = picture.suggestions;
    // What was written while the picture came is the visitor's own.
    if (first !== undefined && input.getState().question === question) input.getState().setQuestion(first);
    setProblem(null);
  } catch (thrown) {
    const error = toEngineError(thrown);
    setProblem({ error, retry: error.retry ? () => void choose(session, make) : null });
  }
}

/** Whether this browser can show the picture; throws BAD_IMAGE with what to do when it cannot or must not try. */
async function check(blob: Blob, name: string): Promise<void> {
  const { unreadable, unreadableAction } = en.picture;
  // Fetched when a picture is first chosen: a visitor who only watches does without.
  const { checkBytes, sniffImage } = await import('../../src/image/sniff');
  checkBytes(blob.size, name);
  // The whole file: a photo's size may stand behind a long preview. Nothing is decoded before its size is known to be fit.
  const bytes = await blob.arrayBuffer().catch(() => null);
  if (bytes !== null) sniffImage(new Uint8Array(bytes), name);
  if (bytes === null || !(await canShow(blob))) throw fault('BAD_IMAGE', unreadable(name), unreadableAction);
}

async function canShow(blob: Blob): Promise<boolean> {
  const url = URL.createObjectURL(blob);
  try {
    const image = new Image();
    image.src = url;
    // decode() works off the main thread and rejects what the browser cannot draw.
    await image.decode();
    return image.naturalWidth > 0 && image.naturalHeight > 0;
  } catch {
    return false;
  } finally {
    URL.revokeObjectURL(url);
  }
}
