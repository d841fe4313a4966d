// The run views in a real browser: patches on their pixels, readable tokens, one cursor by pointer and keyboard, the scene editor's picture.
import type { ReactNode } from 'react';
import { createRoot, type Root } from 'react-dom/client';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { userEvent } from 'vitest/browser';
import { SceneEditor } from '../../web/scene/SceneEditor';
import { contrastRatio, type Rgb } from '../../web/lib/color-space';
import { SessionProvider } from '../../web/session/context';
import { createSession } from '../../web/session/create-session';
import type { Session } from '../../web/session/session';
import { newestStep } from '../../web/stores/run-store';
import { runText } from '../../web/strings/run';
import { sceneText } from '../../web/strings/scene';
import { AnswerPair } from '../../web/views/run/AnswerPair';
import { PatchOverlay } from '../../web/views/run/PatchOverlay';
import { RewardChart } from '../../web/views/run/RewardChart';
import { SequenceStrip } from '../../web/views/run/SequenceStrip';
import { StepCursor } from '../../web/views/run/StepCursor';
import { ThinkTokens } from '../../web/views/run/ThinkTokens';
import { madeUpRun } from '../fixtures/made-up-run';
import { settled } from './settled';
import '../../web/styles/tokens.css';
import '../../web/styles/base.css';

const events = madeUpRun();
let host: HTMLElement;
let root: Root;
let session: Session;

async function show(view: ReactNode, width = 640): Promise<void> {
  host.style.inlineSize = `${width}px`;
  await settled(() => root.render(<SessionProvider session={session}>{view}</SessionProvider>));
}

const find = <T extends Element = HTMLElement>(selector: string): T => {
  const found = host.querySelector<T>(selector);
  if (!found) throw new Error(`nothing fits ${selector}`);
  return found;
};
const button = (name: string | RegExp): HTMLElement => {
  const all = [...host.querySelectorAll<HTMLElement>('button')];
  const found = all.find((one) => {
    const label = one.getAttribute('aria-label') ?? one.textContent;
    return typeof name === 'string' ? label === name : name.test(label);
  });
  if (!found) throw new Error(`no button ${name}: ${all.map((one) => one.getAttribute('aria-label') ?? one.textContent).join(' | ')}`);
  return found;
};
const state = () => session.run.getState();
const LONG = { timeout: 30_000 };
/** The plot is a chunk of its own, read when it is first shown. */
const plotIsThere = () => vi.waitFor(() => find('[role=slider]'), LONG);

beforeEach(() => {
  host = document.createElement('div');
  document.body.append(host);
  root = createRoot(host);
  session = createSession();
  state().begin('recording', { title: 'made up', device: 'none' });
  state().append(events);
});

afterEach(async () => {
  vi.restoreAllMocks();
  await settled(() => root.unmount());
  host.remove();
});

describe('PatchOverlay', () => {
  it.each([280, 491, 900])('puts every patch on its pixels, at %i pixels width', async (width) => {
    await show(<PatchOverlay />, width);
    const picture = find('[role=application] img').getBoundingClientRect();
    expect(picture.width / picture.height).toBeCloseTo(252 / 196, 2);
    const step = state().state.steps.at(-1);
    const held = step?.latents.flatMap((latent) => latent.patches) ?? [];
    const boxes = [...host.querySelectorAll('[role=application] g[data-kind=kept] rect, [role=application] g[data-kind=added] rect')].map(
      (rect) => rect.getBoundingClientRect(),
    );
    expect(boxes).toHaveLength(2 * held.length);
    const cell = { width: picture.width / 9, height: picture.height / 7 };
    for (const patch of held) {
      const x = picture.left + (patch % 9) * cell.width + cell.width / 2;
      const y = picture.top + Math.floor(patch / 9) * cell.height + cell.height / 2;
      const nearest = Math.min(...boxes.map((box) => Math.hypot(box.left + box.width / 2 - x, box.top + box.height / 2 - y)));
      expect(nearest).toBeLessThan(1);
    }
  });

  it('reads a patch under the arrow keys, and forgets it on Escape', async () => {
    await show(<PatchOverlay />);
    const stage = find('[role=application]');
    stage.focus();
    await settled(() => userEvent.keyboard('{ArrowRight}{ArrowRight}{ArrowDown}'));
    expect(state().cursor.patch).toBe(10);
    expect(find('figcaption').textContent).toContain(runText.overlay.patch(10, null, 1, 1));
    await settled(() => userEvent.keyboard('{Escape}'));
    expect(state().cursor.patch).toBeNull();
  });

  it('shows one think token alone, and says so in words', async () => {
    await show(<PatchOverlay />);
    await settled(() => userEvent.click(button(/^Think token 2,/)));
    expect(state().cursor.latent).toBe(1);
    const drawn = host.querySelectorAll('[role=application] g[data-kind=kept], [role=application] g[data-kind=added]').length;
    expect(drawn).toBe(state().state.steps.at(-1)?.latents[1].patches.length);
  });
});

describe('RewardChart', () => {
  it('keeps its last series', async () => {
    await show(<RewardChart />);
    const names = Object.values(runText.chart.series).map((series) => series.name);
    // A plain click: the tool's own would wait for the button that refuses to become enabled.
    for (const name of names) await settled(() => button(new RegExp(`^${name}`)).click());
    const pressed = [...host.querySelectorAll('[aria-pressed=true]')];
    expect(pressed).toHaveLength(1);
    expect(pressed[0].getAttribute('aria-disabled')).toBe('true');
  });

  it('moves the cursor by keyboard and by pointing at a step', async () => {
    await show(<RewardChart />);
    await plotIsThere();
    const slider = find('[role=slider]');
    slider.focus();
    await settled(() => userEvent.keyboard('{Home}{ArrowRight}{ArrowRight}'));
    expect(state().cursor.step).toBe(2);
    expect(slider.getAttribute('aria-valuetext')).toContain('Step 2');
    const start = slider.getBoundingClientRect().left;
    const area = slider.parentElement?.getBoundingClientRect() ?? new DOMRect();
    const perStep = (start - area.left) / 2.4;
    const at = { clientX: area.left + perStep * (9 + 0.4) + 3, clientY: area.top + 20, button: 0, pointerId: 1, bubbles: true };
    // A made-up pointer cannot be captured; what is tested is where it leads.
    vi.spyOn(HTMLElement.prototype, 'setPointerCapture').mockReturnValue();
    await settled(() => slider.parentElement?.dispatchEvent(new PointerEvent('pointerdown', at)));
    expect(state().cursor.step).toBe(9);
  });

  it('does not move its axes as a run grows', async () => {
    state().begin('live', null);
    const steps = events.filter((event) => event.type === 'step');
    state().append(events.slice(0, events.indexOf(steps[3]) + 1));
    await show(<RewardChart />);
    await plotIsThere();
    const ticks = (): string[] => [...host.querySelectorAll('.recharts-xAxis-tick-labels text')].map((text) => text.textContent);
    const before = await vi.waitFor(() => {
      const found = ticks();
      expect(found.length).toBeGreaterThan(1);
      return found;
    }, LONG);
    await settled(() => state().append(steps.slice(4)));
    expect(ticks()).toEqual(before);
    expect(before.at(-1)).toBe('15');
  });

  it('has a table with a row per step', async () => {
    await show(<RewardChart />);
    expect(host.querySelectorAll('tbody tr')).toHaveLength(newestStep(state().state) + 1);
  });
});

describe('AnswerPair', () => {
  const rgb = (css: string): Rgb => {
    const [r, g, b] = (css.match(/[\d.]+/g) ?? []).map(Number);
    return [r, g, b];
  };

  it.each(['light', 'dark'])('writes every token so that it can be read (%s)', async (theme) => {
    document.documentElement.dataset['theme'] = theme;
    await show(<AnswerPair />);
    const tokens = [...host.querySelectorAll('[role=option] > span')];
    expect(tokens.length).toBe(state().state.streams.baseline.tokens.length + state().state.streams.answer.tokens.length);
    for (const token of tokens) {
      const { color, backgroundColor } = getComputedStyle(token);
      expect(contrastRatio(rgb(color), rgb(backgroundColor))).toBeGreaterThanOrEqual(4.5);
    }
    delete document.documentElement.dataset['theme'];
  });

  it('gives a token’s numbers to the keyboard', async () => {
    await show(<AnswerPair />);
    find('[role=listbox]').focus();
    await settled(() => userEvent.keyboard('{ArrowRight}{ArrowRight}'));
    expect(state().cursor).toMatchObject({ stream: 'baseline', token: 1 });
    const { withImage } = state().state.streams.baseline.dependence[1] ?? { withImage: 0 };
    expect(find('[role=status]').textContent).toContain(runText.answers.nats(withImage));
    await settled(() => userEvent.keyboard('{Escape}'));
    expect(host.querySelector('[role=status]')).toBeNull();
  });

  it('says which answer was cut off, and after how many tokens', async () => {
    await show(<AnswerPair />);
    expect(find('section[aria-label="Baseline"]').textContent).toContain('cut off at 16 tokens');
    expect(find('section[data-strong=true]').textContent).not.toContain('cut off');
  });

  it('marks what differs and says both final answers', async () => {
    await show(<AnswerPair />);
    const marked = [...host.querySelectorAll('[data-differs=true]')].map((token) => token.textContent);
    expect(marked).toContain('green');
    expect(marked).toContain('blue');
    expect([...host.querySelectorAll('[data-found=true] strong')].map((answer) => answer.textContent)).toEqual(['green', 'blue']);
  });
});

describe('one cursor', () => {
  it('moves cards, strip and table together', async () => {
    await show(
      <>
        <StepCursor />
        <SequenceStrip />
        <ThinkTokens />
      </>,
      900,
    );
    const rows = (): number => Number(/(\d+) rows/.exec(host.textContent)?.[1]);
    const atEnd = rows();
    await settled(() => state().setCursor({ step: 0 }));
    expect(rows()).toBeLessThan(atEnd);
    expect(state().follow).toBe(false);
    await settled(() => userEvent.click(button(runText.think.select(2))));
    expect(host.querySelectorAll('[role=option][aria-selected=true]').length).toBeGreaterThanOrEqual(1);
  });
});

describe('SceneEditor', () => {
  it('moves and deletes by keyboard, undoes, and gives a picture of the scene’s size with questions', async () => {
    const onUse = vi.fn<(picture: Blob, questions: readonly string[]) => void>();
    await show(<SceneEditor onUse={onUse} />, 900);
    const handles = () => [...host.querySelectorAll<HTMLElement>('[role=group] > button')];
    const count = handles().length;
    const before = handles()[0].getAttribute('aria-label');
    handles()[0].focus();
    await settled(() => userEvent.keyboard('{ArrowRight}{Shift>}{ArrowDown}{/Shift}'));
    expect(handles()[0].getAttribute('aria-label')).not.toBe(before);
    await settled(() => userEvent.keyboard('{Delete}'));
    expect(handles()).toHaveLength(count - 1);
    await settled(() => userEvent.click(button(sceneText.undo)));
    await settled(() => userEvent.click(button(sceneText.undo)));
    expect(handles()[0].getAttribute('aria-label')).toBe(before);
    await settled(() => userEvent.click(button(sceneText.use)));
    await vi.waitFor(() => expect(onUse).toHaveBeenCalled(), LONG);
    const [picture, questions] = onUse.mock.calls[0];
    const bitmap = await createImageBitmap(picture);
    expect([bitmap.width, bitmap.height, picture.type]).toEqual([252, 196, 'image/png']);
    expect(questions.length).toBeGreaterThan(2);
  });
});
