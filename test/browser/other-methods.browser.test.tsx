// The run views for methods that are not DMLR, and for pictures of several tiles: nothing empty, nothing undefined, nothing out of place.
import type { ReactNode } from 'react';
import { createRoot, type Root } from 'react-dom/client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { userEvent } from 'vitest/browser';
import type { RunEvent } from '../../src/events/events';
import { METHODS } from '../../src/methods/registry';
import { SessionProvider } from '../../web/session/context';
import { createSession } from '../../web/session/create-session';
import type { Session } from '../../web/session/session';
import { THINK_TOKENS } from '../../web/lib/method-view';
import { runText } from '../../web/strings/run';
import { settingsText } from '../../web/strings/settings';
import { AnswerPair } from '../../web/views/run/AnswerPair';
import { PatchOverlay } from '../../web/views/run/PatchOverlay';
import { RewardChart } from '../../web/views/run/RewardChart';
import { RunSummary } from '../../web/views/run/RunSummary';
import { SequenceStrip } from '../../web/views/run/SequenceStrip';
import { StepCursor } from '../../web/views/run/StepCursor';
import { ThinkTokens } from '../../web/views/run/ThinkTokens';
import { SettingsPanel } from '../../web/views/shell/SettingsPanel';
import { growing, WITH_GROWING } from '../fakes/growing-method';
import { toyRun } from '../fakes/jobs';
import { madeUpRun } from '../fixtures/made-up-run';
import { settled } from './settled';
import '../../web/styles/tokens.css';
import '../../web/styles/base.css';

const ALL = (
  <>
    <RewardChart />
    <StepCursor />
    <PatchOverlay />
    <SequenceStrip />
    <ThinkTokens />
    <AnswerPair />
    <RunSummary />
  </>
);
let host: HTMLElement;
let root: Root;
let session: Session;

const show = (view: ReactNode): Promise<void> => settled(() => root.render(<SessionProvider session={session}>{view}</SessionProvider>));
const play = (events: readonly RunEvent[]): Promise<void> =>
  settled(() => session.playRecording(events, { title: 'a run', device: 'test' }, 'once'));

beforeEach(() => {
  host = document.createElement('div');
  host.style.inlineSize = '900px';
  document.body.append(host);
  root = createRoot(host);
  session = createSession({ methods: WITH_GROWING });
});

afterEach(async () => {
  await settled(() => root.unmount());
  session.close();
  host.remove();
});

describe('a method without a reward, whose think tokens grow in number', () => {
  beforeEach(async () => {
    await play(await toyRun({ method: growing, settings: { rounds: 3, maxNewTokens: 3 } }));
    await show(ALL);
  });

  it('has a table instead of an empty chart, without columns of a reward, and dashes for what it does not measure', async () => {
    expect(host.textContent).toContain(runText.chart.noReward);
    expect(host.querySelector('[role=slider]')).toBeNull();
    // The table is fetched when it is drawn.
    const rows = (): (string | null)[][] =>
      [...host.querySelectorAll('tbody tr')].map((row) => [...row.children].map((cell) => cell.textContent));
    await expect.poll(rows).toHaveLength(4);
    expect(rows()[3]).toEqual(['3', '3', '–', '–']);
    expect(host.textContent).not.toMatch(/NaN|undefined|null/);
  });

  it('shows as many cards as there are think tokens at the step', async () => {
    const cards = (): number => host.querySelectorAll('li[data-chosen]').length;
    expect(cards()).toBe(3);
    await settled(() => session.run.getState().setCursor({ step: 1, latent: 2 }));
    expect(cards()).toBe(1);
    await settled(() => session.run.getState().setCursor({ step: 0 }));
    expect(host.textContent).toContain(runText.think.empty(THINK_TOKENS));
  });

  it('says in its own words why it ended, and what it is called', () => {
    expect(host.textContent).toContain('Thinking ended: grown up.');
    expect(host.querySelector('section[data-strong=true] h3')?.textContent).toBe('Growing');
    expect(host.querySelectorAll('section[aria-label="Baseline"]')).toHaveLength(0);
  });
});

it('a method without steps has no chart, no player and no think tokens', async () => {
  await play(await toyRun({ method: METHODS.get('direct'), settings: { maxNewTokens: 3 } }));
  await show(ALL);
  expect(host.textContent).toContain(runText.chart.noSteps);
  expect(host.textContent).toContain(runText.think.none);
  expect(host.querySelectorAll('[role=slider], table, [type=range][aria-label=Step]')).toHaveLength(0);
  expect(host.querySelector('section[data-strong=true] h3')?.textContent).toBe('Direct answer');
  expect(host.textContent).not.toMatch(/NaN|undefined|null/);
});

it('the views go from a run of one method to a run of another and back', async () => {
  await show(ALL);
  for (const method of [...WITH_GROWING.list, ...WITH_GROWING.list.toReversed()]) {
    await play(await toyRun({ method, settings: { maxNewTokens: 3 } }));
    expect(host.querySelector('section[data-strong=true] h3')?.textContent).toBe(method.label);
    const rows = (method.steps?.(method.space.defaults) ?? -1) + 1;
    expect(host.querySelectorAll('tbody tr')).toHaveLength(rows);
  }
});

describe('a picture of several tiles', () => {
  /** The left and the right half in 7 x 3 image tokens each, and the whole once more in one row of 21. */
  const tiles = [
    { x: 0, y: 0, width: 126, height: 196, rows: 7, columns: 3 },
    { x: 126, y: 0, width: 126, height: 196, rows: 7, columns: 3 },
    { x: 0, y: 0, width: 252, height: 196, rows: 1, columns: 21 },
  ];
  beforeEach(async () => {
    await play(madeUpRun().map((event) => (event.type === 'image' ? { ...event, tiles } : event)));
    await show(<PatchOverlay />);
  });
  const stage = (): HTMLElement => {
    const found = host.querySelector<HTMLElement>('[role=application]');
    if (!found) throw new Error('no picture');
    return found;
  };

  it('lays attention over each tile, where the tile is', () => {
    const picture = stage().querySelector('img')?.getBoundingClientRect() ?? new DOMRect();
    const places = [...stage().querySelectorAll('canvas')].map((canvas) => {
      const { left, width, height } = canvas.getBoundingClientRect();
      const share = (value: number, whole: number): number => Math.round((100 * value) / whole);
      return [
        canvas.width,
        canvas.height,
        share(left - picture.left, picture.width),
        share(width, picture.width),
        share(height, picture.height),
      ];
    });
    expect(places).toEqual([
      [3, 7, 0, 50, 100],
      [3, 7, 50, 50, 100],
      [21, 1, 0, 100, 100],
    ]);
  });

  it('names the tile of a patch, and changes it by keyboard', async () => {
    stage().focus();
    await settled(() => userEvent.keyboard('{ArrowRight}{End}{ArrowRight}'));
    expect(session.run.getState().cursor.patch).toBe(21);
    expect(host.querySelector('figcaption')?.textContent).toContain('Patch 21, tile 2, column 1, row 1');
    await settled(() => userEvent.keyboard('{PageDown}{End}'));
    expect(host.querySelector('figcaption')?.textContent).toContain('Patch 62, tile 3, column 21, row 1');
    expect(stage().getAttribute('aria-label')).toContain('63 patches of the picture, in 3 tiles');
  });
});

describe('the settings panel', () => {
  const legends = (): (string | null)[] => [...host.querySelectorAll('legend')].map((legend) => legend.textContent);

  it.each(WITH_GROWING.list.map(({ id }) => id))('has the groups of %s, and those of every method', async (id) => {
    session.settings.getState().choose({ method: id });
    await show(<SettingsPanel />);
    const { space, label, presets } = WITH_GROWING.get(id);
    expect(legends()).toEqual([...(presets.length === 0 ? [] : [settingsText.presets]), ...space.groups, settingsText.engine]);
    for (const preset of presets) expect(host.textContent).toContain(preset.label);
    for (const name of space.names) expect(host.textContent).toContain(space.fields[name].label);
    expect(host.textContent).toContain(settingsText.of(label));
  });

  it('changes with the method, and keeps what was set', async () => {
    session.settings.getState().choose({ method: 'growing' });
    session.settings.getState().setSetting('rounds', 5);
    await show(<SettingsPanel />);
    await settled(() => session.settings.getState().choose({ method: 'direct' }));
    expect(host.textContent).not.toContain('Rounds');
    await settled(() => session.settings.getState().choose({ method: 'growing' }));
    const box = [...host.querySelectorAll('fieldset')]
      .find((group) => group.textContent.includes('Rounds'))
      ?.querySelector('input[type=text]');
    expect((box as HTMLInputElement).value).toBe('5');
  });
});
