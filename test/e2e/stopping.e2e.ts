// Stop answers at once, wherever the run is, and what was measured until then stays.
import { en } from '../../web/strings/en';
import { Noema } from './noema';
import { expect, test } from './watched-page';
import { beforeWorker } from './worker-script';

/** That a run was stopped is told by its events, not by the clock of a machine that may be busy. */
const PATIENTLY = { timeout: 60_000 };

test('while the model loads', async ({ page }) => {
  const noema = new Noema(page);
  // The model's files wait until the visitor has changed their mind.
  let open = (): void => undefined;
  const gate = new Promise<void>((resolve) => (open = resolve));
  await page.route(/\.onnx$/, async (route) => {
    await gate;
    await route.continue().catch(() => undefined);
  });
  await noema.openCalm({ device: 'wasm' });
  await noema.chooseSample();
  await noema.runButton.click();
  await noema.stopButton.click();
  await expect(noema.runButton).toBeVisible(PATIENTLY);
  open();
  // And it can be started again.
  await noema.runButton.click();
  await expect(noema.stopButton).toBeVisible();
  await noema.stopButton.click();
  await expect(noema.runButton).toBeVisible(PATIENTLY);
});

test('during a step', async ({ page }) => {
  test.setTimeout(600_000);
  const noema = new Noema(page);
  await noema.openCalm({ device: 'wasm', steps: '500' });
  await noema.chooseSample();
  await noema.runButton.click();
  await noema.expectThinking();
  await noema.stopButton.click();
  await expect(noema.runButton).toBeVisible(PATIENTLY);
  const events = await noema.exportRun();
  expect(events.at(-1)?.type).toBe('cancelled');
  expect(events.filter((event) => event.type === 'step').length).toBeLessThan(500);
  // The worker and its model are still there.
  await noema.runButton.click();
  await expect(noema.stopButton).toBeVisible();
  await noema.stopButton.click();
  await expect(noema.runButton).toBeVisible(PATIENTLY);
});

test('while the answer is written', async ({ page }) => {
  test.setTimeout(300_000);
  // A slow machine: each token holds the engine's thread for a while, so that the answer cannot be there before Stop is.
  await beforeWorker(
    page,
    `const post = MessagePort.prototype.postMessage;
    MessagePort.prototype.postMessage = function (message, ...rest) {
      post.call(this, message, ...rest);
      if (message?.type === 'token') for (const until = performance.now() + 400; performance.now() < until; );
    };`,
  );
  const noema = new Noema(page);
  await noema.openCalm({ device: 'wasm', method: 'cot' });
  await noema.chooseSample();
  await noema.runButton.click();
  await expect(noema.said).toHaveText(en.live.phases.answer, { timeout: 180_000 });
  const words = noema.section(en.sections.answers).getByLabel(/token by token/);
  await expect(words.first()).toBeVisible();
  await noema.stopButton.click();
  await expect(noema.runButton).toBeVisible(PATIENTLY);
  const events = await noema.exportRun();
  expect(events.at(-1)?.type).toBe('cancelled');
  expect(events.filter((event) => event.type === 'token').length, 'the tokens until then are kept').toBeGreaterThan(0);
  await expect(words.first()).toBeVisible();
});
