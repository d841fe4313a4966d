// Pictures into the page: from files, the clipboard, samples and the scene editor; each is checked before it replaces another.
import * as v from 'valibot';
import { fault, toEngineError } from '../../src/errors';
import type { PixelRect } from '../../src/image/tiles';
import type { SceneQuestion } from '../../src/scene/questions';
import { get, getList, localPath, words } from '../library';
import type { ChosenPicture } from '../stores/input-store';
import { en } from '../strings/en';
import type { Session } from './session';

const number = v.pipe(v.number(), v.finite());
/** A sample's objects have boxes (left, top, right, bottom), and its questions name those that the answer depends on. */
const sampleSchema = v.object({
  file: localPath,
  objects: v.array(v.object({ box: v.tuple([number, number, number, number]) })),
  questions: v.array(v.object({ question: words, answer: words, focus: v.array(v.pipe(v.number(), v.integer(), v.minValue(0))) })),
});
const samplesSchema = v.object({ samples: v.array(sampleSchema) });

/** What a picture comes with beside its pixels. */
type Known = Pick<ChosenPicture, 'suggestions' | 'focus'>;

/** A picture that comes with the page, and questions about it. */
export interface Sample {
  readonly file: string;
  readonly title: string;
  readonly known: Known;
  /** Its questions with their right answers. */
  readonly questions: readonly { readonly question: string; readonly answer: string }[];
}

/** The sample pictures served beside the page. Rejects with an EngineFault. */
export async function listSamples(): Promise<readonly Sample[]> {
  const { samples } = await getList(samplesSchema, 'samples/index.json');
  return samples.map(({ file, questions, objects }, index) => ({
    file,
    title: en.picture.sampleTitle(index + 1),
    questions,
    known: knownOf(
      questions,
      objects.map(({ box: [left, top, right, bottom] }) => ({ x: left, y: top, width: right - left, height: bottom - top })),
    ),
  }));
}

/** The questions, and where their objects stand; `boxes` are those of all objects of the picture. */
export function knownOf(questions: readonly Pick<SceneQuestion, 'question' | 'focus'>[], boxes: readonly PixelRect[]): Known {
  const asked = questions.map(({ question, focus }) => [question, focus.flatMap((index) => boxes[index] ?? [])] as const);
  return { suggestions: asked.map(([question]) => question), focus: new Map(asked.filter(([, found]) => found.length > 0)) };
}

/** Takes a picture file as the next run's picture. What cannot be used is said, and the picture before it stays. */
export async function takeFile(session: Session, file: Blob, name: string): Promise<void> {
  await choose(session, async () => ({ blob: file, name, ...knownOf([], []), sample: null }));
}

/** Takes a sample picture with its first question: questions are about one picture. */
export async function takeSample(session: Session, sample: Sample): Promise<void> {
  await choose(session, async () => {
    const blob = await (await get(`samples/${sample.file}`)).blob();
    return { blob, name: sample.title, ...sample.known, sample: sample.file };
  });
}

/** Takes a drawn scene with questions that suit it. */
export async function takeScene(
  session: Session,
  blob: Blob,
  questions: readonly SceneQuestion[],
  boxes: readonly PixelRect[],
): Promise<void> {
  await choose(session, async () => ({ blob, name: en.picture.scene, ...knownOf(questions, boxes), sample: null }));
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
    input.getState().setPicture(picture, await shown(picture.blob, picture.name));
    const [first] = picture.suggestions;
    // What was written while the picture came is the visitor's own.
    if (first !== undefined && input.getState().question === question) input.getState().setQuestion(first);
    setProblem(null);
  } catch (thrown) {
    const error = toEngineError(thrown);
    setProblem({ error, retry: error.retry ? () => void choose(session, make) : null });
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
