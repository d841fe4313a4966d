// What visitors set in their system, emulated: forced colours, less motion; and single letters that can be turned off.
import type { ReactNode } from 'react';
import { createRoot, type Root } from 'react-dom/client';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { cdp, userEvent } from 'vitest/browser';
import { contrastRatio, type Rgb } from '../../web/lib/color-space';
import { listenForShortcuts } from '../../web/shortcuts';
import { keyChoice } from '../../web/stores/key-choice';
import { SessionProvider } from '../../web/session/context';
import { createSession } from '../../web/session/create-session';
import { usePage } from '../../web/session/hooks';
import type { Session } from '../../web/session/session';
import { en } from '../../web/strings/en';
import { shortcutsText } from '../../web/strings/shortcuts';
import { PatchOverlay } from '../../web/views/run/PatchOverlay';
import { RewardChart } from '../../web/views/run/RewardChart';
import { ThinkTokens } from '../../web/views/run/ThinkTokens';
import { ShortcutsDialog } from '../../web/views/shell/ShortcutsDialog';
import { madeUpRun } from '../fixtures/made-up-run';
import { settled } from './settled';
import '../../web/styles/tokens.css';
import '../../web/styles/base.css';
import '../../web/styles/controls.css';

let host: HTMLElement;
let root: Root;
let session: Session;

const show = (view: ReactNode): Promise<void> => settled(() => root.render(<SessionProvider session={session}>{view}</SessionProvider>));

/** The list of shortcuts as the page shows it. */
function Help() {
  return usePage((page) => page.helpOpen) ? <ShortcutsDialog /> : null;
}

/** Emulates media features until the test ends. */
async function emulate(features: Readonly<Record<string, string>>): Promise<void> {
  await cdp().send('Emulation.setEmulatedMedia', { features: Object.entries(features).map(([name, value]) => ({ name, value })) });
}

/** A colour as the browser draws it, system colours included. */
function drawn(css: string): Rgb {
  const probe = document.createElement('i');
  probe.style.cssText = `forced-color-adjust: none; color: ${css}`;
  document.body.append(probe);
  const [r, g, b] = (getComputedStyle(probe).color.match(/[\d.]+/g) ?? []).map(Number);
  probe.remove();
  return [r, g, b];
}

beforeEach(() => {
  host = document.createElement('div');
  host.style.inlineSize = '900px';
  document.body.append(host);
  root = createRoot(host);
  session = createSession();
  session.run.getState().begin('recording', { title: 'made up', device: 'none' });
  session.run.getState().append(madeUpRun());
});

afterEach(async () => {
  await emulate({});
  await settled(() => root.unmount());
  host.remove();
  delete document.documentElement.dataset['theme'];
  localStorage.clear();
});

describe('forced colours', () => {
  // The page's theme and the system's palette are independent: a light page under a dark palette is where drawings vanish.
  it.each([
    ['light', 'dark'],
    ['dark', 'light'],
    ['light', 'light'],
    ['dark', 'dark'],
  ])('keeps what SVGs draw readable: %s page, %s palette', async (theme, palette) => {
    document.documentElement.dataset['theme'] = theme;
    await emulate({ 'forced-colors': 'active', 'prefers-color-scheme': palette });
    expect(matchMedia('(forced-colors: active)').matches).toBe(true);
    await show(
      <>
        <RewardChart />
        <PatchOverlay />
        <ThinkTokens />
      </>,
    );
    const texts = await vi.waitFor(
      () => {
        const found = [...host.querySelectorAll('svg text:not(:has(tspan)), svg tspan')];
        expect(found.length).toBeGreaterThan(10);
        return found;
      },
      { timeout: 30_000 },
    );
    const canvas = drawn('Canvas');
    for (const text of texts)
      expect(contrastRatio(drawn(getComputedStyle(text).fill), canvas), text.textContent).toBeGreaterThanOrEqual(4.5);
    const lines = [...host.querySelectorAll('svg polyline, [role=application] g[data-kind=kept] rect:last-child')];
    expect(lines.length).toBeGreaterThan(4);
    for (const line of lines) expect(contrastRatio(drawn(getComputedStyle(line).stroke), canvas)).toBeGreaterThanOrEqual(3);
  });
});

describe('less motion', () => {
  it.each([
    ['no-preference', false],
    ['reduce', true],
  ])('with %s, nothing on the page moves: %s', async (choice, still) => {
    await emulate({ 'prefers-reduced-motion': choice });
    await show(
      <>
        <button type="button" className="button">
          {en.run.run}
        </button>
        <PatchOverlay />
        <ThinkTokens />
      </>,
    );
    const seconds = (list: string): number => Math.max(...list.split(',').map(Number.parseFloat));
    const longest = Math.max(
      ...[...host.querySelectorAll('*')].map((element) => {
        const { transitionDuration, animationDuration } = getComputedStyle(element);
        return Math.max(seconds(transitionDuration), seconds(animationDuration));
      }),
    );
    expect(longest <= 0.00002).toBe(still);
    expect(longest).toBeLessThanOrEqual(0.2);
  });
});

describe('single-letter shortcuts', () => {
  it('can be turned off and on again, and stay as they were chosen', async () => {
    const end = listenForShortcuts(session);
    try {
      await show(<Help />);
      await settled(() => userEvent.keyboard('?'));
      const choice = host.querySelector<HTMLElement>('[role=switch]');
      if (!choice) throw new Error('no switch');
      expect(host.querySelector(`label[for="${choice.id}"]`)?.textContent).toBe(shortcutsText.letters);
      await settled(() => userEvent.click(choice));
      expect(localStorage.getItem('noema.letter-keys')).toBe('off');
      await settled(() => session.page.getState().setHelpOpen(false));
      await settled(() => userEvent.keyboard('?s'));
      expect(session.page.getState()).toMatchObject({ helpOpen: false, settingsOpen: false });
      await settled(() => userEvent.keyboard('{ArrowLeft}'));
      expect(session.run.getState().cursor.step).toBe(14);
      await settled(() => keyChoice.getState().setLettersOn(true));
      await settled(() => userEvent.keyboard('s'));
      expect(session.page.getState().settingsOpen).toBe(true);
    } finally {
      end();
      session.page.getState().setSettingsOpen(false);
    }
  });
});
