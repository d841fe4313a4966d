// When something is missing or breaks, the page says what, and what to do; what was on screen stays usable.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { en } from '../../web/strings/en';
import { Noema } from './noema';
import { expect, expectAccessible, test } from './watched-page';
import { beforeWorker } from './worker-script';

/** A browser without WebGPU, as the engine's thread sees it. */
const NO_WEBGPU = "Object.defineProperty(navigator, 'gpu', { value: undefined });";

test('a browser without WebGPU runs on the processor and says so', async ({ page }) => {
  test.setTimeout(600_000);
  await beforeWorker(page, NO_WEBGPU);
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
  await beforeWorker(page, NO_WEBGPU);
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

test('a thread that dies in the middle of a run keeps its events, and Run starts a fresh one; one that ends between runs is said', async ({
  page,
  watch,
}) => {
  test.setTimeout(600_000);
  watch.expectProblem(/killed by the test/);
  // The worker throws outside any job when the test says so: what a crash of the runtime looks like from the page.
  await beforeWorker(
    page,
    `new BroadcastChannel('test-kill').onmessage = () => setTimeout(() => { throw new Error('killed by the test'); });
    new BroadcastChannel('test-close').onmessage = () => self.close();`,
  );
  const noema = new Noema(page);
  await noema.openCalm({ device: 'wasm', steps: '500' });
  await noema.chooseSample();
  await noema.runButton.click();
  await noema.expectThinking();
  await page.evaluate(() => new BroadcastChannel('test-kill').postMessage('now'));
  await expect(noema.problem).toBeVisible({ timeout: 60_000 });
  const events = await noema.exportRun();
  expect(events.at(-1)?.type).toBe('failed');
  expect(events.length).toBeGreaterThan(3);
  await noema.runButton.click();
  await noema.expectThinking();
  await noema.stopButton.click();
  await expect(noema.runButton).toBeVisible({ timeout: 60_000 });
  // One that ends without a word while nothing runs is said as well: the model is gone with it.
  await expect(page.getByRole('button', { name: en.model.unload })).toBeVisible();
  await page.evaluate(() => new BroadcastChannel('test-close').postMessage('now'));
  await expect(noema.problem).toContainText('The thread that runs the model has stopped.');
  await expect(page.getByRole('button', { name: en.model.load })).toBeVisible();
});

for (const [name, code, said, happens] of [
  ['that is lost', 'DEVICE_LOST', 'The GPU was lost.', 'device.destroy()'],
  [
    'without memory',
    'OUT_OF_MEMORY',
    'There was not enough memory.',
    "device.dispatchEvent(new GPUUncapturedErrorEvent('uncapturederror', { error: new GPUOutOfMemoryError('told by the test') }))",
  ],
] as const) {
  test(`a GPU ${name} in the middle of a run leaves its events, and Run starts on a fresh one`, async ({ page, watch }) => {
    test.setTimeout(600_000);
    watch.expectProblem(/console/);
    // Every device the engine opens fails when the test says so, as after a crash of the driver or with another tab that fills its memory.
    await beforeWorker(
      page,
      `const request = GPUAdapter.prototype.requestDevice;
    GPUAdapter.prototype.requestDevice = async function (...wanted) {
      const device = await request.apply(this, wanted);
      new BroadcastChannel('test-lose').onmessage = () => ${happens};
      return device;
    };`,
    );
    const noema = new Noema(page);
    await noema.openCalm({ device: 'webgpu', steps: '500' });
    await noema.chooseSample();
    await noema.runButton.click();
    await noema.expectThinking();
    await expect(noema.step).not.toHaveValue('0', { timeout: 180_000 });
    await page.evaluate(() => new BroadcastChannel('test-lose').postMessage('now'));
    await expect(noema.runButton).toBeVisible({ timeout: 60_000 });
    await expect(noema.said).toContainText(said);
    const events = await noema.exportRun();
    expect(events.filter(({ type }) => ['finished', 'cancelled', 'failed'].includes(type))).toEqual([
      { type: 'failed', error: expect.objectContaining({ code, retry: true }) },
    ]);
    expect(events.at(-1)?.type).toBe('failed');
    expect(events.some(({ type }) => type === 'step')).toBe(true);
    // The next run takes its steps on a device that never failed.
    await noema.runButton.click();
    await expect(noema.stopButton).toBeVisible();
    await noema.expectThinking();
    await noema.stopButton.click();
    await expect(noema.runButton).toBeVisible({ timeout: 60_000 });
    expect((await noema.exportRun()).at(-1)?.type).toBe('cancelled');
  });
}

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

test('half a JPEG is refused where it is chosen, and the picture before it stays', async ({ page }) => {
  const noema = new Noema(page);
  await noema.openCalm();
  const input = page.getByLabel(en.picture.open).and(page.locator('input'));
  const { turned } = JSON.parse(readFileSync(join(import.meta.dirname, '../fixtures/picture-files.json'), 'utf8')) as {
    turned: { jpeg: { file: string }[] };
  };
  const whole = Buffer.from(turned.jpeg[5].file, 'base64');
  await input.setInputFiles({ name: 'whole.jpg', mimeType: 'image/jpeg', buffer: whole });
  const chosen = page.getByRole('img', { name: en.picture.alt('whole.jpg') });
  await expect(chosen).toHaveJSProperty('naturalWidth', 8);
  await expect(chosen).toHaveJSProperty('naturalHeight', 16);
  await input.setInputFiles({ name: 'half.jpg', mimeType: 'image/jpeg', buffer: whole.subarray(0, whole.length - 20) });
  await expect(noema.problem).toContainText('half.jpg could not be decoded');
  await expect(chosen).toBeVisible();
});

test('a picture of 20,000 by 20,000 pixels is refused where it is chosen, by its header', async ({ page }) => {
  const noema = new Noema(page);
  await noema.openCalm();
  const before = await noema.exportRun();
  const input = page.getByLabel(en.picture.open).and(page.locator('input'));
  await input.setInputFiles({ name: 'poster.png', mimeType: 'image/png', buffer: pngHeader(20_000, 20_000) });
  await expect(noema.problem).toContainText('poster.png');
  await expect(noema.problem).toContainText('20000');
  await expectAccessible(page, '[role=alert]');
  expect(await noema.exportRun()).toEqual(before);
  await page.getByRole('button', { name: en.errors.dismiss }).click();
  await noema.chooseSample();
  await expect(noema.problem).toBeHidden();
});

test('an empty question is a sentence, not a run', async ({ page }) => {
  const noema = new Noema(page);
  await noema.openCalm();
  await noema.chooseSample();
  await noema.ask('   ');
  await expect(noema.problem).toBeVisible();
  await expect(noema.runButton).toBeVisible();
});

test('a question of 10,000 characters reaches the model, which says that it reads no more; a shorter one is answered', async ({ page }) => {
  test.setTimeout(600_000);
  const long = 'How many circles are there? '.repeat(400).slice(0, 9999) + '?';
  const noema = new Noema(page);
  await noema.openCalm({ device: 'wasm', method: 'direct', maxNewTokens: '8' });
  await noema.chooseSample();
  await noema.ask(`${long}?`);
  await expect(noema.problem).toContainText('The question has 10001 characters');
  await expect(noema.question).toHaveAttribute('aria-invalid', 'true');
  await expect(noema.runButton).toBeVisible();

  await noema.ask(long);
  await expect(noema.problem).toContainText(/The prompt has \d+ tokens/, { timeout: 180_000 });
  await expectAccessible(page, '[role=alert]');
  expect((await noema.exportRun()).at(-1)).toMatchObject({ type: 'failed', error: { code: 'BAD_INPUT' } });

  await noema.question.fill('How many circles are there?');
  await noema.runToEnd();
  await expect(noema.problem).toBeHidden();
});

test('a question written from right to left is asked as it was written', async ({ page }) => {
  test.setTimeout(300_000);
  const question = 'כמה עיגולים יש בתמונה?';
  const noema = new Noema(page);
  await noema.openCalm({ device: 'wasm', method: 'direct', maxNewTokens: '8' });
  await noema.chooseSample();
  await noema.question.fill(question);
  await expect(noema.question).toHaveCSS('direction', 'rtl');
  await noema.runToEnd();
  const [started] = await noema.exportRun();
  expect(started).toMatchObject({ type: 'started', question });
  await expect(noema.question).toHaveValue(question);
});

/** The first 33 bytes of a PNG: its signature and a header that names these sides. */
function pngHeader(width: number, height: number): Buffer {
  const bytes = Buffer.from('\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\0\0\0\0\0\x08\x02\0\0\0\0\0\0\0', 'latin1');
  bytes.writeUInt32BE(width, 16);
  bytes.writeUInt32BE(height, 20);
  return bytes;
}
