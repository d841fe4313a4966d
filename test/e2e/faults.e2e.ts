// When something is missing or breaks, the page says what, and what to do; what was on screen stays usable.
import { en } from '../../web/strings/en';
import { Noema } from './noema';
import { expect, expectAccessible, test } from './watched-page';

/** The start of the worker's script, in the built page. */
const WORKER = /engine\.worker.*\.js$/;

test('a browser without WebGPU runs on the processor and says so', async ({ page }) => {
  test.setTimeout(600_000);
  await page.route(WORKER, async (route) => {
    const response = await route.fetch();
    const body = `Object.defineProperty(navigator, 'gpu', { value: undefined });\n${await response.text()}`;
    await route.fulfill({ response, body });
  });
  const noema = new Noema(page);
  await noema.openCalm({ steps: '1', maxNewTokens: '8' });
  await noema.chooseSample();
  await noema.runToEnd();
  const [started] = await noema.exportRun();
  expect(started['device']).toMatchObject({ kind: 'wasm' });
  await expect(page.getByText('WASM').first()).toBeVisible();
});

test('WebGPU that was asked for and is not there is a sentence with a way on', async ({ page, watch }) => {
  watch.expectProblem(/console/);
  await page.route(WORKER, async (route) => {
    const response = await route.fetch();
    const body = `Object.defineProperty(navigator, 'gpu', { value: undefined });\n${await response.text()}`;
    await route.fulfill({ response, body });
  });
  const noema = new Noema(page);
  await noema.openCalm({ device: 'webgpu' });
  await noema.chooseSample();
  await noema.runButton.click();
  await expect(noema.problem).toBeVisible({ timeout: 60_000 });
  await expect(noema.problem).toContainText('WebGPU');
  await expectAccessible(page, '[role=alert]');
});

for (const [name, breakIt] of [
  ['missing', { status: 404, body: '' }],
  ['corrupt', { status: 200, body: 'this is no model' }],
] as const) {
  test(`a model file that is ${name} is said, and the recorded run stays`, async ({ page, watch }) => {
    watch.expectProblem(/404/);
    await page.route(/decoder_model_merged.*\.onnx$/, (route) => route.fulfill(breakIt));
    const noema = new Noema(page);
    await noema.openCalm({ device: 'wasm' });
    const before = await noema.exportRun();
    await noema.chooseSample();
    await noema.runButton.click();
    await expect(noema.problem).toBeVisible({ timeout: 60_000 });
    await expectAccessible(page, '[role=alert]');
    await expect(noema.runButton).toBeVisible();
    expect(await noema.exportRun()).toEqual(before);
  });
}

test('a thread that dies in the middle of a run keeps its events, and Run starts a fresh one', async ({ page, watch }) => {
  test.setTimeout(600_000);
  watch.expectProblem(/killed by the test/);
  // The worker throws outside any job when the test says so: what a crash of the runtime looks like from the page.
  await page.route(WORKER, async (route) => {
    const response = await route.fetch();
    const bomb = `new BroadcastChannel('test-kill').onmessage = () => setTimeout(() => { throw new Error('killed by the test'); });\n`;
    await route.fulfill({ response, body: bomb + (await response.text()) });
  });
  const noema = new Noema(page);
  await noema.openCalm({ device: 'wasm', steps: '500' });
  await noema.chooseSample();
  await noema.runButton.click();
  await noema.expectThinking();
  await page.evaluate(() => new BroadcastChannel('test-kill').postMessage('now'));
  await expect(noema.problem).toBeVisible({ timeout: 30_000 });
  const events = await noema.exportRun();
  expect(events.at(-1)?.type).toBe('failed');
  expect(events.length).toBeGreaterThan(3);
  await noema.runButton.click();
  await noema.expectThinking();
  await noema.stopButton.click();
  await expect(noema.runButton).toBeVisible({ timeout: 10_000 });
});

test('a picture that is none is refused where it is chosen', async ({ page }) => {
  const noema = new Noema(page);
  await noema.openCalm();
  const input = page.getByLabel(en.picture.open).and(page.locator('input'));
  await input.setInputFiles({ name: 'note.png', mimeType: 'image/png', buffer: Buffer.from('no picture') });
  await expect(noema.problem).toContainText('note.png');
  await page.getByRole('button', { name: en.errors.dismiss }).click();
  await input.setInputFiles({
    name: 'phone.heic',
    mimeType: 'image/heic',
    buffer: Buffer.from('\0\0\0\x18ftypheic\0\0\0\0mif1heic', 'latin1'),
  });
  await expect(noema.problem).toContainText('HEIC');
});

test('an empty question is a sentence, not a run', async ({ page }) => {
  const noema = new Noema(page);
  await noema.openCalm();
  await noema.chooseSample();
  await noema.ask('   ');
  await expect(noema.problem).toBeVisible();
  await expect(noema.runButton).toBeVisible();
});
