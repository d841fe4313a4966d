// What the page may fetch from another address: data of a model somebody names, from this machine or encrypted; and nothing else.
import { join } from 'node:path';
import { startHub, type RunningHub } from '../hub/hub';
import { expect, test } from './watched-page';

let hub: RunningHub;
test.beforeAll(async () => {
  hub = await startHub({ root: join(import.meta.dirname, '../../public') });
});
test.afterAll(() => hub.close());

test('the security policy lets data through, and no scripts or pictures', async ({ page, watch }) => {
  watch.expectProblem(/left the origin|Content Security Policy|security policy|Failed to load/);
  await page.goto('/');
  const url = `${hub.hub}/api/models/models/noema-tiny/revision/main`;
  const fetched = await page.evaluate(async (url) => (await fetch(url)).status, url);
  expect(fetched).toBe(200);
  const refused = await page.evaluate(
    (hub) =>
      Promise.all(
        ['script', 'img'].map(
          (tag) =>
            new Promise((resolve) => {
              const element = Object.assign(document.createElement(tag) as HTMLScriptElement, { src: `${hub}/${tag}` });
              element.addEventListener('error', () => resolve('refused'));
              element.addEventListener('load', () => resolve('loaded'));
              document.head.append(element);
            }),
        ),
      ),
    hub.hub,
  );
  expect(refused).toEqual(['refused', 'refused']);
  const log = (await (await fetch(`${hub.hub}/__log`)).json()) as { url: string }[];
  expect(log.map((entry) => entry.url)).toEqual([new URL(url).pathname]);
});
