// A fixed piece of a page's usual work, done now and then on its main thread: how slow the processor is in the very seconds of a measurement.
import type { Page } from '@playwright/test';

/** The mark each piece leaves in the page's timeline, inside its task. */
export const REFERENCE_MARK = 'noema-reference';

/**
 * Processor milliseconds of one piece on a machine of two cores with nothing else to do. Processor time grows with load too, half as much again
 * and more, where threads share a core and its caches.
 */
export const REFERENCE_MS = 4.4;

/** Between two pieces: several in every second, a fiftieth of the thread's time. */
const EVERY_MS = 200;

/** Elements of one piece. */
const ROWS = 150;

/** Begins the reference work in a frame of its own, out of sight of the page's layout and observers; what is returned ends it. */
export async function startReferenceWork(page: Page): Promise<() => Promise<void>> {
  const timer = await page.evaluate(
    ({ mark, every, rows }) => {
      const frame = document.createElement('iframe');
      Object.assign(frame.style, { position: 'fixed', inset: 'auto 100% 100% auto', width: '400px', height: '300px' });
      frame.setAttribute('aria-hidden', 'true');
      document.documentElement.append(frame);
      const { contentDocument: own } = frame;
      return window.setInterval(() => {
        if (!own) return;
        performance.mark(mark);
        const list = own.createElement('ul');
        for (let row = 0; row < rows; row += 1) {
          const item = own.createElement('li');
          item.append(own.createElement('b'), `Row ${row}: ${Math.sin(row).toFixed(4)}`);
          list.append(item);
        }
        own.body.append(list);
        own.body.dataset['height'] = String(list.offsetHeight);
        list.remove();
      }, every);
    },
    { mark: REFERENCE_MARK, every: EVERY_MS, rows: ROWS },
  );
  return () => page.evaluate((id) => window.clearInterval(id), timer);
}
