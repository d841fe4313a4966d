// The run views in a real browser: patches on their pixels, readable tokens, one cursor for all, the scene editor's picture.
import type { ComponentProps } from 'react';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { userEvent } from 'vitest/browser';
import { SceneEditor } from '../../web/scene/SceneEditor';
import { contrastRatio, type Rgb } from '../../web/lib/color-space';
import { THINK_TOKENS } from '../../web/lib/method-view';
import { runText } from '../../web/strings/run';
import { sceneText } from '../../web/strings/scene';
import { AnswerPair } from '../../web/views/run/AnswerPair';
import { PatchOverlay } from '../../web/views/run/PatchOverlay';
import { SequenceStrip } from '../../web/views/run/SequenceStrip';
import { StepCursor } from '../../web/views/run/StepCursor';
import { ThinkTokens } from '../../web/views/run/ThinkTokens';
import { madeUpRun } from '../fixtures/made-up-run';
import { settled } from './settled';
import { viewHost } from './view-host';
import '../../web/styles/tokens.css';
import '../../web/styles/base.css';

const events = madeUpRun();
const view = viewHost();
const { show, find, button } = view;
const state = () => view.session.run.getState();
const LONG = { timeout: 30_000 };

beforeEach(() => {
  state().begin('recording', { title: 'made up', device: 'none' });
  state().append(events);
});

describe('PatchOverlay', () => {
  it.each([280, 491, 900])('puts every patch on its pixels, at %i pixels width', async (width) => {
    await show(<PatchOverlay />, width);
    const picture = find('[role=application] img').getBoundingClientRect();
    expect(picture.width / picture.height).toBeCloseTo(252 / 196, 2);
    const step = state().state.steps.at(-1);
    const held = step?.latents.flatMap((latent) => latent.patches) ?? [];
    const boxes = [
      ...view.element.querySelectorAll('[role=application] g[data-kind=kept] rect, [role=application] g[data-kind=added] rect'),
    ].map((rect) => rect.getBoundingClientRect());
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
    const drawn = view.element.querySelectorAll('[role=application] g[data-kind=kept], [role=application] g[data-kind=added]').length;
    expect(drawn).toBe(state().state.steps.at(-1)?.latents[1].patches.length);
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
    const tokens = [...view.element.querySelectorAll('[role=option] > span')];
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
    // What shows them is fetched with the first.
    await expect.poll(() => view.element.querySelector('[role=status]')?.textContent).toContain(runText.answers.nats(withImage));
    await settled(() => userEvent.keyboard('{Escape}'));
    expect(view.element.querySelector('[role=status]')).toBeNull();
  });

  it('says which answer was cut off, and after how many tokens', async () => {
    await show(<AnswerPair />);
    expect(find('section[aria-label="Baseline"]').textContent).toContain('cut off at 16 tokens');
    expect(find('section[data-strong=true]').textContent).not.toContain('cut off');
  });

  it('marks what differs and says both final answers', async () => {
    await show(<AnswerPair />);
    const marked = [...view.element.querySelectorAll('[data-differs=true]')].map((token) => token.textContent);
    expect(marked).toContain('green');
    expect(marked).toContain('blue');
    expect([...view.element.querySelectorAll('[data-found=true] strong')].map((answer) => answer.textContent)).toEqual(['green', 'blue']);
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
    const rows = (): number => Number(/(\d+) rows/.exec(view.element.textContent)?.[1]);
    const atEnd = rows();
    await settled(() => state().setCursor({ step: 0 }));
    expect(rows()).toBeLessThan(atEnd);
    expect(state().follow).toBe(false);
    await settled(() => userEvent.click(button(runText.think.select(THINK_TOKENS, 2))));
    expect(view.element.querySelectorAll('[role=option][aria-selected=true]').length).toBeGreaterThanOrEqual(1);
  });
});

describe('SceneEditor', () => {
  it('moves and deletes by keyboard, undoes, and gives a picture of the scene’s size with questions', async () => {
    const onUse = vi.fn<ComponentProps<typeof SceneEditor>['onUse']>();
    await show(<SceneEditor onUse={onUse} />, 900);
    const handles = () => [...view.element.querySelectorAll<HTMLElement>('[role=group] > button')];
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
    const [picture, questions, boxes] = onUse.mock.calls[0];
    const bitmap = await createImageBitmap(picture);
    expect([bitmap.width, bitmap.height, picture.type]).toEqual([252, 196, 'image/png']);
    expect(questions.length).toBeGreaterThan(2);
    expect(boxes).toHaveLength(count);
    expect(questions.every(({ focus }) => focus.every((index) => index < count))).toBe(true);
  });
});
