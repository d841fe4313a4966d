// What a sweep asks: the page's own picture and question, or those of the samples.
import type { Session } from '../session/session';
import { nextRun } from '../session/next-run';
import { firstOfEach, goldQuestions, samplePictures } from './samples';
import type { SweepQuestion } from './sweep';

export const ASKED = ['current', 'first', 'all'] as const;
export type Asked = (typeof ASKED)[number];

/** The right answer to a question about a sample picture, null for another picture. Rejects with an EngineFault. */
export async function knownSolution(sample: string | null, question: string): Promise<string | null> {
  if (sample === null) return null;
  const found = (await goldQuestions()).find((gold) => gold.file === sample && gold.question === question.trim());
  return found?.answer ?? null;
}

/**
 * The questions with their pictures; null when the page's own cannot be asked, which it then says itself.
 *
 * @param solution the right answer to the page's own question; empty where nobody knows.
 * Rejects with an EngineFault, such as BAD_IMAGE where there is no picture.
 */
export async function questionsOf(session: Session, asked: Asked, solution: string): Promise<readonly SweepQuestion[] | null> {
  if (asked === 'current') {
    session.page.getState().setProblem(null);
    const request = await nextRun(session);
    if (request === null) return null;
    const { question, picture, focus } = request;
    return [{ question, picture, focus: focus ?? null, solution: solution.trim() === '' ? null : solution.trim() }];
  }
  const gold = await goldQuestions();
  const chosen = asked === 'first' ? firstOfEach(gold) : gold;
  const pictures = await samplePictures(chosen.map(({ file }) => file));
  return chosen.flatMap(({ file, question, answer, focus }) => {
    const picture = pictures.get(file);
    return picture === undefined ? [] : [{ question, picture, focus, solution: answer }];
  });
}
