// Stop answers at once, wherever the run is, and what was measured until then stays.
import { Noema } from './noema';
import { expect, test } from './watched-page';

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
  await expect(noema.runButton).toBeVisible({ timeout: 10_000 });
  open();
  // And it can be started again.
  await noema.runButton.click();
  await expect(noema.stopButton).toBeVisible();
  await noema.stopButton.click();
  await expect(noema.runButton).toBeVisible({ timeout: 10_000 });
});

test('during a step', async ({ page }) => {
  test.setTimeout(600_000);
  const noema = new Noema(page);
  await noema.openCalm({ device: 'wasm', steps: '500' });
  await noema.chooseSample();
  await noema.runButton.click();
  await noema.expectThinking();
  await noema.stopButton.click();
  await expect(noema.runButton).toBeVisible({ timeout: 10_000 });
  const events = await noema.exportRun();
  expect(events.at(-1)?.type).toBe('cancelled');
  expect(events.filter((event) => event.type === 'step').length).toBeLessThan(500);
  // The worker and its model are still there.
  await noema.runButton.click();
  await expect(noema.stopButton).toBeVisible();
  await noema.stopButton.click();
  await expect(noema.runButton).toBeVisible({ timeout: 10_000 });
});
