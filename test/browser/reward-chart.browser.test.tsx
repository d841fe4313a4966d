// The reward chart in a real browser: series that explain themselves, the cursor by pointer and keyboard, values under the pointer, still axes.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { userEvent } from 'vitest/browser';
import { dmlrDetail } from '../../src/methods/dmlr/detail';
import { formatReward } from '../../src/text/format';
import { newestStep } from '../../web/stores/run-store';
import { runText } from '../../web/strings/run';
import { RewardChart } from '../../web/views/run/RewardChart';
import { madeUpRun } from '../fixtures/made-up-run';
import { settled } from './settled';
import { viewHost } from './view-host';
import '../../web/styles/tokens.css';
import '../../web/styles/base.css';

const events = madeUpRun();
const view = viewHost();
const { show, find, button } = view;
/** What a screen reader adds to an element's name, hidden or not. */
const describes = (element: Element): string =>
  (element.getAttribute('aria-describedby') ?? '')
    .split(' ')
    .map((id) => document.getElementById(id)?.textContent ?? `nothing is called ${id}`)
    .join(' ');
const state = () => view.session.run.getState();
const LONG = { timeout: 30_000 };
/** The plot is drawn once its box has been measured. */
const plotIsThere = () => vi.waitFor(() => find('[role=slider]'), LONG);

beforeEach(() => {
  state().begin('recording', { title: 'made up', device: 'none' });
  state().append(events);
});

afterEach(() => void vi.restoreAllMocks());

describe('RewardChart', () => {
  it('keeps its last series', async () => {
    await show(<RewardChart />);
    const names = Object.values(runText.chart.series).map((series) => series.name);
    // A plain click: the tool's own would wait for the button that refuses to become enabled.
    for (const name of names) await settled(() => button(new RegExp(`^${name}`)).click());
    const pressed = [...view.element.querySelectorAll('[aria-pressed=true]')];
    expect(pressed).toHaveLength(1);
    expect(pressed[0].getAttribute('aria-disabled')).toBe('true');
    expect(describes(pressed[0])).toContain(runText.chart.lastSeries);
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

  it('explains its series on demand, and to a screen reader always', async () => {
    await show(<RewardChart />);
    for (const { name, help } of Object.values(runText.chart.series)) expect(describes(button(new RegExp(`^${name}`)))).toBe(help);
    const { help } = runText.chart.series.unperturbed;
    const list = [...view.element.querySelectorAll('dl')].find((one) => one.textContent.includes(help));
    expect(list?.checkVisibility()).toBe(false);
    await settled(() => userEvent.click(button(runText.chart.help)));
    expect(list?.checkVisibility()).toBe(true);
    for (const fact of Object.values(runText.chart.facts)) expect(list?.textContent).toContain(fact.help);
  });

  it.each([300, 640])('shows the values of the step under the pointer, without moving the cursor, at %i pixels width', async (width) => {
    await show(<RewardChart />, width);
    await plotIsThere();
    const area = find('[role=slider]').parentElement;
    if (!area) throw new Error('no area');
    const box = area.getBoundingClientRect();
    const { step: cursor } = state().cursor;
    const point = (type: string, step: number) =>
      area.dispatchEvent(
        new PointerEvent(type, { clientX: box.left + (box.width * (step + 0.4)) / 15.8, clientY: box.top + 20, bubbles: true }),
      );
    const shown = () => view.element.querySelector('[data-side]');
    await settled(() => point('pointermove', 6));
    const step = state().state.steps[6];
    expect(shown()?.textContent).toContain(runText.chart.step(6));
    for (const reward of [step.reward, step.bestReward, dmlrDetail(step)?.unperturbedReward])
      expect(shown()?.textContent).toContain(formatReward(reward));
    expect(state().cursor.step).toBe(cursor);
    // It stays within the plot on either side.
    for (const at of [0, 4, 11, 15]) {
      await settled(() => point('pointermove', at));
      const inside = find('[data-side] > div').getBoundingClientRect();
      expect(inside.left).toBeGreaterThanOrEqual(box.left);
      expect(inside.right).toBeLessThanOrEqual(box.right);
    }
    // The page stops a run on an Escape that nothing else has used.
    const heard = vi.fn<(used: boolean) => void>();
    document.addEventListener('keydown', (event) => heard(event.defaultPrevented), { once: true });
    await settled(() => userEvent.keyboard('{Escape}'));
    expect(heard).toHaveBeenCalledExactlyOnceWith(true);
    expect(shown()).toBeNull();
    await settled(() => point('pointermove', 3));
    expect(shown()).not.toBeNull();
    await settled(() => area.dispatchEvent(new PointerEvent('pointerout', { bubbles: true, relatedTarget: document.body })));
    expect(shown()).toBeNull();
  });

  it('has even ticks before the first step', async () => {
    state().begin('live', null);
    await show(<RewardChart />);
    const ticks = await vi.waitFor(() => {
      const found = [...view.element.querySelectorAll('[data-axis=step] text')].map((text) => Number(text.textContent));
      expect(found.length).toBeGreaterThan(1);
      return found;
    }, LONG);
    expect(new Set(ticks.slice(1).map((tick, i) => tick - ticks[i])).size).toBe(1);
    expect(view.element.querySelector('[role=slider]')).toBeNull();
  });

  it('does not move its axes as a run grows', async () => {
    state().begin('live', null);
    const steps = events.filter((event) => event.type === 'step');
    state().append(events.slice(0, events.indexOf(steps[3]) + 1));
    await show(<RewardChart />);
    await plotIsThere();
    const ticks = (): string[] => [...view.element.querySelectorAll('[data-axis=step] text')].map((text) => text.textContent);
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
    expect(view.element.querySelectorAll('tbody tr')).toHaveLength(newestStep(state().state) + 1);
  });
});
