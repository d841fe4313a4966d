// Arrival: a recorded run plays at once, without a click, a download of the model, or a request to another site.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { firstViewFiles } from '../first-view';
import { en } from '../../web/strings/en';
import { Noema } from './noema';
import { expect, expectAccessible, test } from './watched-page';

const DIST = join(import.meta.dirname, '../../dist');

test('loads the JavaScript that was weighed and nothing else', async ({ page }) => {
  const asked: string[] = [];
  page.on('request', (request) => asked.push(new URL(request.url()).pathname.slice(1)));
  const noema = new Noema(page);
  await noema.openCalm();
  await page.waitForLoadState('networkidle');
  expect(asked.filter((path) => path.endsWith('.js')).toSorted()).toEqual(firstViewFiles(DIST).toSorted());
  expect(asked.filter((path) => /\.(wasm|onnx)$/.test(path))).toEqual([]);
});

test('no script imports that of the worker, which WebKit would then run a second time', () => {
  const assets = join(DIST, 'assets');
  const scripts = readdirSync(assets).filter((name) => name.endsWith('.js'));
  expect(scripts.filter((name) => name.startsWith('engine.worker-'))).toHaveLength(1);
  const importing = /(?:from|import\()\s*["'`]\.\/engine\.worker-/;
  expect(scripts.filter((name) => importing.test(readFileSync(join(assets, name), 'utf8')))).toEqual([]);
});

test('the recorded run plays to its end by itself', async ({ page }) => {
  const noema = new Noema(page);
  await noema.open();
  await expect(page.getByText(en.source.pressRun)).toBeVisible();
  await noema.expectFinished();
  await expect(noema.step).not.toHaveValue('0');
});

for (const colorScheme of ['light', 'dark'] as const) {
  for (const [name, width, height] of [
    ['a wide window', 1440, 1000],
    ['a phone', 360, 740],
  ] as const) {
    test(`is accessible in ${colorScheme} on ${name}`, async ({ page }) => {
      await page.setViewportSize({ width, height });
      await page.emulateMedia({ colorScheme });
      await new Noema(page).openCalm();
      await expectAccessible(page);
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      expect(overflow, 'pixels the page is wider than its window').toBeLessThanOrEqual(0);
    });
  }
}

test('every panel is accessible', async ({ page }) => {
  test.setTimeout(240_000);
  await new Noema(page).openCalm();
  await page.getByRole('button', { name: en.settings.open }).first().click();
  await expectAccessible(page, `aside[aria-label="${en.sections.settings}"]`);
  await page.getByRole('button', { name: en.settings.close }).click();
  await page.getByRole('button', { name: en.help.open }).click();
  await expectAccessible(page, 'dialog[open]');
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: en.picture.draw }).click();
  await expect(page.getByRole('dialog', { name: en.picture.editor })).toBeVisible();
  await expect(page.getByText(en.picture.editorLoading)).toBeHidden();
  await expectAccessible(page, 'dialog[open]');
});
