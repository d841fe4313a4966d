// The right answer to the question of the run on screen, where the page knows it: sample pictures come with theirs.
import { listSamples } from './pictures';
import type { Session } from './session';

/** Null where nobody knows, or the list cannot be read. Never rejects. */
export async function goldAnswer({ input, run }: Session): Promise<string | null> {
  const file = input.getState().asked?.sample ?? null;
  const question = run.getState().state.started?.question;
  if (file === null || question === undefined) return null;
  const samples = await listSamples().catch(() => []);
  return samples.find((sample) => sample.file === file)?.questions.find((one) => one.question === question)?.answer ?? null;
}
