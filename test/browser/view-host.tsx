// A place in the test's document where views are mounted, one test at a time, and how a test finds what they drew.
import type { ReactNode } from 'react';
import { createRoot, type Root } from 'react-dom/client';
import { afterEach, beforeEach } from 'vitest';
import { SessionProvider } from '../../web/session/context';
import { createSession } from '../../web/session/create-session';
import type { Session } from '../../web/session/session';
import { settled } from './settled';

/** Makes the place before each test of the file that calls it, and clears it after; `show` draws a view `width` CSS pixels wide. */
export function viewHost() {
  let element: HTMLElement;
  let root: Root;
  let session: Session;
  beforeEach(() => {
    element = document.createElement('div');
    document.body.append(element);
    root = createRoot(element);
    session = createSession();
  });
  afterEach(async () => {
    await settled(() => root.unmount());
    session.close();
    element.remove();
  });
  return {
    get element() {
      return element;
    },
    /** The session that the views show, a new one for each test. */
    get session() {
      return session;
    },
    show: async (view: ReactNode, width = 640): Promise<void> => {
      element.style.inlineSize = `${width}px`;
      await settled(() => root.render(<SessionProvider session={session}>{view}</SessionProvider>));
    },
    /** @throws when nothing fits. */
    find: <T extends Element = HTMLElement>(selector: string): T => {
      const found = element.querySelector<T>(selector);
      if (!found) throw new Error(`nothing fits ${selector}`);
      return found;
    },
    /** @throws when no button has that name. */
    button: (name: string | RegExp): HTMLElement => {
      const all = [...element.querySelectorAll<HTMLElement>('button')];
      const found = all.find((one) => {
        const label = one.getAttribute('aria-label') ?? one.textContent;
        return typeof name === 'string' ? label === name : name.test(label);
      });
      if (!found) throw new Error(`no button ${name}: ${all.map((one) => one.getAttribute('aria-label') ?? one.textContent).join(' | ')}`);
      return found;
    },
  };
}
