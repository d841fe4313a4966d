// The sample pictures with their questions and right answers.
import * as v from 'valibot';
import type { Picture } from '../../src/engine/run-source';
import type { PixelRect } from '../../src/image/tiles';
import { get, getList, localPath, words } from '../library';

const number = v.pipe(v.number(), v.finite());
const samplesSchema = v.object({
  samples: v.array(
    v.object({
      file: localPath,
      split: words,
      objects: v.array(v.object({ box: v.tuple([number, number, number, number]) })),
      questions: v.array(
        v.object({ question: words, answer: words, family: words, focus: v.array(v.pipe(v.number(), v.integer(), v.minValue(0))) }),
      ),
    }),
  ),
});

/** A question about a sample picture whose answer is known. */
export interface GoldQuestion {
  /** The picture's file, below `samples/`. */
  readonly file: string;
  readonly split: string;
  readonly question: string;
  readonly answer: string;
  readonly family: string;
  /** Where the picture shows what the question is about, in its pixels; null where it is about all of it. */
  readonly focus: readonly PixelRect[] | null;
}

/** Every question of the samples, picture by picture. Rejects with an EngineFault. */
export async function goldQuestions(): Promise<readonly GoldQuestion[]> {
  const { samples } = await getList(samplesSchema, 'samples/index.json');
  return samples.flatMap(({ file, split, objects, questions }) =>
    questions.map(({ question, answer, family, focus }) => {
      const boxes = focus.filter((index) => index < objects.length).map((index) => objects[index].box);
      const rects = boxes.map(([left, top, right, bottom]) => ({ x: left, y: top, width: right - left, height: bottom - top }));
      return { file, split, question, answer, family, focus: rects.length === 0 ? null : rects };
    }),
  );
}

/** The first question of each picture. */
export const firstOfEach = (questions: readonly GoldQuestion[]): readonly GoldQuestion[] =>
  questions.filter(({ file }, index) => questions[index - 1]?.file !== file);

/** The sample pictures by their files. Rejects with an EngineFault. */
export async function samplePictures(files: Iterable<string>): Promise<ReadonlyMap<string, Picture>> {
  const pictures = new Map<string, Picture>();
  for (const file of new Set(files)) pictures.set(file, { bytes: await (await get(`samples/${file}`)).arrayBuffer(), name: file });
  return pictures;
}
