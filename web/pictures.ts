// Pictures into the page: from files, the clipboard, samples and the scene editor; each is checked before it replaces another.
import * as v from 'valibot';
import { fault, toEngineError } from '../src/engine/errors';
import { get, getJson } from './library';
import { type ChosenPicture, inputStore } from './stores/input-store';
import { pageStore } from './stores/page-store';
import { en } from './strings/en';

/** Largest picture file that is read, in bytes. */
export const MAX_PICTURE_BYTES = 50_000_000;

const path = v.pipe(v.string(), v.maxLength(200), v.regex(/^(?!.*\.\.)[\w./-]+$/));
const words = v.pipe(v.string(), v.maxLength(2000));
const samplesSchema = v.object({ samples: v.array(v.object({ file: path, questions: v.array(v.object({ question: words })) })) });

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
export async function takeFile(file: Blob, name: string): Promise<void> {
  await take(async () => ({ blob: file, name, suggestions: [], sample: null }));
}

/** Takes a sample picture with its first question: questions are about one picture. */
export async function takeSample(sample: Sample): Promise<void> {
  await take(async () => {
    const blob = await (await get(`samples/${sample.file}`)).blob();
    return { blob, name: sample.title, suggestions: sample.questions, sample: sample.file };
  });
}

/** Takes a drawn scene with questions that suit it. */
export async function takeScene(blob: Blob, suggestions: readonly string[]): Promise<void> {
  await take(async () => ({ blob, name: en.picture.scene, suggestions, sample: null }));
}

async function take(make: () => Promise<Omit<ChosenPicture, 'url'>>): Promise<void> {
  const { setProblem } = pageStore.getState();
  try {
    const picture = await make();
    await check(picture.blob, picture.name);
    inputStore.getState().setPicture(picture);
    const [first] = picture.suggestions;
    if (first !== undefined) inputStore.getState().setQuestion(first);
    setProblem(null);
  } catch (thrown) {
    const error = toEngineError(thrown);
    setProblem({ error, retry: error.retry ? () => void take(make) : null });
  }
}

/** Whether this browser can show the picture; throws BAD_IMAGE with what to do when it cannot. */
async function check(blob: Blob, name: string): Promise<void> {
  const { picture } = en;
  if (blob.size === 0) throw fault('BAD_IMAGE', picture.empty(name), picture.unreadableAction);
  if (blob.size > MAX_PICTURE_BYTES) {
    throw fault('BAD_IMAGE', picture.tooLarge(name, blob.size), picture.tooLargeAction(MAX_PICTURE_BYTES));
  }
  if (await canShow(blob)) return;
  if (await isHeic(blob)) throw fault('BAD_IMAGE', picture.heic(name), picture.heicAction);
  throw fault('BAD_IMAGE', picture.unreadable(name), picture.unreadableAction);
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

/** HEIC by its first bytes: an ISO media file whose brand is one of HEIF's. */
async function isHeic(blob: Blob): Promise<boolean> {
  const head = new TextDecoder('latin1').decode(await blob.slice(4, 12).arrayBuffer());
  return /^ftyp(?:heic|heix|hevc|heim|heis|mif1|msf1)/.test(head);
}
