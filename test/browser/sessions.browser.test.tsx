// Two sessions side by side in one page: what one plays, points at and chooses leaves the other as it is.
import { createRoot, type Root } from 'react-dom/client';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { userEvent } from 'vitest/browser';
import { METHODS } from '../../src/methods/registry';
import { writeRecord } from '../../src/events/record';
import { SessionProvider } from '../../web/session/context';
import { createSession } from '../../web/session/create-session';
import type { Session } from '../../web/session/session';
import { importRun } from '../../web/session/transfer';
import { placesInMemory } from '../../web/stores/settings-store';
import { THINK_TOKENS } from '../../web/lib/method-view';
import { runText } from '../../web/strings/run';
import { AnswerPair } from '../../web/views/run/AnswerPair';
import { SequenceStrip } from '../../web/views/run/SequenceStrip';
import { StepCursor } from '../../web/views/run/StepCursor';
import { ThinkTokens } from '../../web/views/run/ThinkTokens';
import { Problems } from '../../web/views/shell/Problems';
import { QuestionForm } from '../../web/views/shell/QuestionForm';
import { madeUpRun } from '../fixtures/made-up-run';
import { settled } from './settled';

const INFO = { title: 'made up', device: 'none' };
let sessions: readonly [Session, Session];
let hosts: readonly [HTMLElement, HTMLElement];
let root: Root;

const textOf = (side: 0 | 1): string => hosts[side].textContent;
const press = (side: 0 | 1, name: string): Promise<void> =>
  settled(() => {
    const found = [...hosts[side].querySelectorAll<HTMLElement>('button')].find((one) => one.getAttribute('aria-label') === name);
    if (!found) throw new Error(`no button ${name}`);
    return userEvent.click(found);
  });

beforeEach(async () => {
  sessions = [createSession(), createSession({ places: placesInMemory('?method=direct&seed=3') })];
  const page = document.createElement('div');
  document.body.append(page);
  root = createRoot(page);
  await settled(() =>
    root.render(
      sessions.map((session, side) => (
        <SessionProvider key={['left', 'right'][side]} session={session}>
          <div data-side={side}>
            <Problems />
            <QuestionForm />
            <StepCursor />
            <SequenceStrip />
            <ThinkTokens />
            <AnswerPair />
          </div>
        </SessionProvider>
      )),
    ),
  );
  const [left, right] = [...page.querySelectorAll<HTMLElement>('[data-side]')];
  hosts = [left, right];
});

afterEach(async () => {
  await settled(() => root.unmount());
  for (const session of sessions) session.close();
  document.body.replaceChildren();
});

const playBoth = (): Promise<void> =>
  settled(async () => {
    await Promise.all([
      sessions[0].playRecording(madeUpRun({ seed: 7, steps: 15 }), INFO, 'once'),
      sessions[1].playRecording(madeUpRun({ seed: 8, steps: 6, latents: 2 }), INFO, 'once'),
    ]);
  });

test('each plays its own recording, and one cursor moves alone', async () => {
  await playBoth();
  expect(textOf(0)).toContain(runText.transport.of(15, 15));
  expect(textOf(1)).toContain(runText.transport.of(6, 6));
  expect([0, 1].map((side) => hosts[side].querySelectorAll('[data-chosen]').length)).toEqual([4, 2]);

  const right = hosts[1].innerHTML;
  await press(0, runText.transport.back);
  await press(0, runText.transport.back);
  await press(0, runText.think.select(THINK_TOKENS, 1));
  expect(textOf(0)).toContain(runText.transport.of(13, 15));
  expect(sessions.map(({ run }) => run.getState().cursor)).toMatchObject([
    { step: 13, latent: 1 },
    { step: 6, latent: null },
  ]);
  expect(hosts[1].innerHTML).toBe(right);
});

test('a player that runs in one leaves the other where it is', async () => {
  await playBoth();
  const moved: number[] = [];
  const end = sessions[1].run.subscribe(({ cursor }) => moved.push(cursor.step));
  sessions[0].playback.getState().togglePlay();
  await expect.poll(() => sessions[0].run.getState().cursor.step).toBe(1);
  expect(sessions.map(({ playback }) => playback.getState().ticking)).toEqual([true, false]);
  // A new run in the other does not pause it either.
  await settled(() => sessions[1].playRecording(madeUpRun({ seed: 9 }), INFO, 'once'));
  expect(sessions[0].playback.getState().ticking).toBe(true);
  end();
  expect(moved).not.toContain(1);
});

test('choices, questions and problems are each session’s own', async () => {
  await playBoth();
  const chosen = () => sessions.map(({ settings }) => settings.getState().method);
  expect(chosen()).toEqual(['dmlr', 'direct']);
  expect(sessions[1].settings.getState().settings).toEqual({ ...METHODS.get('direct').space.defaults, seed: 3 });
  await settled(() => sessions[0].settings.getState().choose({ method: 'cot' }));
  expect(chosen()).toEqual(['cot', 'direct']);
  expect(textOf(0)).toContain(METHODS.get('cot').help);
  expect(textOf(1)).toContain(METHODS.get('direct').help);

  await settled(() => sessions[1].input.getState().setQuestion(''));
  await settled(() => sessions[1].start());
  expect(textOf(1)).toContain('There is no question.');
  expect(textOf(0)).not.toContain('There is no question.');

  const broken = new File([writeRecord(madeUpRun()).replace('"format":2', '"format":3')], 'newer.jsonl');
  await settled(() => importRun(sessions[0], broken));
  expect(textOf(0)).toContain('It has format version 3; this version of Noema reads up to version 2.');
  expect(textOf(1)).not.toContain('format version');
  // The run on screen stays.
  expect(textOf(0)).toContain(runText.transport.of(15, 15));
});

test('a play that begins stops the one before in its own session alone', async () => {
  const first = sessions[0].playRecording(madeUpRun(), INFO, 1);
  const other = sessions[1].playRecording(madeUpRun(), INFO, 1);
  await settled(() => sessions[0].playRecording(madeUpRun({ seed: 8, steps: 3 }), INFO, 'once'));
  await first;
  expect(sessions.map(({ run }) => run.getState().status)).toEqual(['finished', 'running']);
  sessions[1].close();
  await other;
  expect(sessions[1].run.getState().status).toBe('cancelled');
});
