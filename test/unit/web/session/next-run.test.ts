// What pressing Run asks about: also while the chosen picture is still on its way.
import { beforeEach, expect, test } from 'vitest';
import { fault } from '../../../../src/errors';
import { createSession } from '../../../../web/session/create-session';
import { nextRun } from '../../../../web/session/next-run';

let session: ReturnType<typeof createSession>;
const named = (name: string) => ({ blob: new Blob([name]), name, suggestions: [], focus: new Map(), sample: null });

beforeEach(() => {
  session = createSession();
  session.input.getState().setPicture(named('before'), new Blob());
  session.input.getState().setQuestion('How many?');
});

test('a picture that was chosen before Run and comes after it is asked about, with the question that came with it', async () => {
  let arrive = (): void => undefined;
  session.input.getState().expectPicture(new Promise((resolve) => (arrive = resolve)));
  const request = nextRun(session);
  session.input.getState().setPicture(named('chosen'), new Blob());
  session.input.getState().setQuestion('Which colour?');
  arrive();
  expect(await request).toMatchObject({
    question: 'Which colour?',
    picture: { name: 'chosen', bytes: await new Blob(['chosen']).arrayBuffer() },
  });
});

test('nothing is asked when the chosen picture is refused', async () => {
  const { value: error } = fault('BAD_IMAGE', 'It is no picture.', 'Choose another.');
  session.input.getState().expectPicture(Promise.resolve().then(() => session.page.getState().setProblem({ error, retry: null })));
  expect(await nextRun(session)).toBeNull();
});
