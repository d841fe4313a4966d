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
  await take(session, async () => ({ blob: file, name, suggestions: [], sample: null }));
}

/** Takes a sample picture with its first question: questions are about one picture. */
export async function takeSample(session: Session, sample: Sample): Promise<void> {
  await take(session, async () => {
    const blob = await (await get(`samples/${sample.file}`)).blob();
    return { blob, name: sample.title, suggestions: sample.questions, sample: sample.file };
  });
}

/** Takes a drawn scene with questions that suit it. */
export async function takeScene(session: Session, blob: Blob, suggestions: readonly string[]): Promise<void> {
  await take(session, async () => ({ blob, name: en.picture.scene, suggestions, sample: null }));
}

async function take(session: Session, make: () => Promise<Omit<ChosenPicture, 'url'>>): Promise<void> {
  const { input } = session;
  const { setProblem } = session.page.getState();
  const { question } = input.getState();
  try {
    const picture = await make();
    input.getState().setPicture(picture, await shown(picture.blob, picture.name));
    const [first] = picture.suggestions;
    // What was written while the picture came is the visitor's own.
    if (first !== undefined && input.getState().question === question) input.getState().setQuestion(first);
    setProblem(null);
  } catch (thrown) {
    const error = toEngineError(thrown);
    setProblem({ error, retry: error.retry ? () => void take(session, make) : null });
  }
}

/** The picture as the model will see it, decoded by what decodes it for the model; throws BAD_IMAGE with what to do when it is refused. */
async function shown(blob: Blob, name: string): Promise<Blob> {
  // Fetched when a picture is first chosen: a visitor who only watches does without.
  const [{ checkBytes }, { shownPicture }] = await Promise.all([import('../../src/image/sniff'), import('../../workers/decode-image')]);
  checkBytes(blob.size, name);
  const bytes = await blob.arrayBuffer().catch((error: unknown) => {
    throw fault('BAD_IMAGE', en.picture.unreadable(name), en.picture.unreadableAction, { detail: String(error) });
  });
  return shownPicture({ bytes, name });
}
