// Words without a place to break, wherever a visitor or a recording puts one: the page stays as wide as the screen.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeRecord } from '../../src/events/record';
import { en } from '../../web/strings/en';
import { PREVIEW } from '../fakes/jobs';
import { largestRun } from '../fixtures/largest-run';
import { Noema } from './noema';
import { expect, test } from './watched-page';

// Playwright's trace asks for a chosen picture's blob address, which the page's policy refuses; the page itself never does.
test.use({ trace: 'off' });

const WORD = 'wwwwwwwwww'.repeat(20);

test('a run of long names, a file of a long name and past runs fit into 320 pixels', async ({ page }) => {
  await page.setViewportSize({ width: 320, height: 800 });
  const noema = new Noema(page);
  await noema.openCalm();
  /** By how many pixels the page is wider than what is seen of it. */
  const overflow = (): Promise<number> => page.evaluate(() => Math.max(0, document.documentElement.scrollWidth - innerWidth));
  expect(await overflow()).toBe(0);

  const run = largestRun({ preview: PREVIEW, name: WORD, question: `${WORD}?`, tokens: 4, text: () => WORD });
  const buffer = Buffer.from(writeRecord(run));
  await page.getByLabel(en.runs.import).setInputFiles({ name: `${WORD}.jsonl`, mimeType: 'application/jsonl', buffer });
  await expect(noema.question).toHaveValue(`${WORD}?`);
  await noema.expectFinished();
  expect(await overflow()).toBe(0);

  const picture = { name: `${WORD}.png`, mimeType: 'image/png' };
  const bytes = readFileSync(join(import.meta.dirname, '../../public/samples/standard-1.png'));
  await page
    .getByLabel(en.picture.open, { exact: true })
    .last()
    .setInputFiles({ ...picture, buffer: bytes });
  await expect(page.getByText(en.picture.chosen(`${WORD}.png`))).toBeVisible();
  await page
    .getByLabel(en.picture.open, { exact: true })
    .last()
    .setInputFiles({ ...picture, buffer: bytes.subarray(0, 40) });
  await expect(noema.problem).toContainText(WORD);
  expect(await overflow()).toBe(0);

  await page.evaluate(
    (word) =>
      new Promise<void>((resolve, reject) => {
        const opening = indexedDB.open('noema-runs');
        opening.addEventListener('error', reject);
        opening.addEventListener('success', () => {
          const writing = opening.result.transaction('runs', 'readwrite');
          const run = { id: word, question: word, method: word, startedAt: word, answer: word, bestReward: 1, device: word };
          writing.objectStore('runs').put([null, run], 'list');
          writing.addEventListener('complete', () => resolve());
        });
      }),
    WORD,
  );
  await page.reload();
  await expect(page.getByRole('button', { name: WORD })).toBeVisible();
  await noema.expectFinished();
  expect(await overflow()).toBe(0);
});
