// Another model, as a visitor meets it: what it costs and whether it runs here, one download that goes on where it stopped, what is stored.
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Locator, Page } from '@playwright/test';
import { en } from '../../web/strings/en';
import { modelsText } from '../../web/strings/models';
import { HubControl } from '../hub/client';
import { type RunningHub, startHub } from '../hub/hub';
import { dropFolder } from './drop-folder';
import { Noema } from './noema';
import { expect, expectAccessible, test, type Watch } from './watched-page';
import { beforeWorker } from './worker-script';

const TINY = join(import.meta.dirname, '../../public/models/noema-tiny');
/** Without WebGPU: looking at a software adapter takes seconds, and says nothing more here. */
const NO_WEBGPU = "Object.defineProperty(navigator, 'gpu', { value: undefined });";
/** The shortest run that answers. */
const SHORT = { method: 'direct', maxNewTokens: '4', dependence: 'false', baseline: 'none' };
const DECODER = 'decoder_model_merged_q4.onnx';

// A thread whose script was changed on its way has no address of its own any more: the browser then asks before it may reach this machine.
test.use({ permissions: ['local-network-access'] });

let root: string;
let hub: RunningHub;
let control: HubControl;

test.beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'noema-hub-'));
  mkdirSync(join(root, 'noema'));
  symlinkSync(TINY, join(root, 'noema/tiny'));
  hub = await startHub({ root });
  control = new HubControl(hub.hub);
});

test.beforeEach(async ({ page }) => {
  await control.reset();
  await beforeWorker(page, NO_WEBGPU);
});

test.afterAll(async () => {
  await hub.close();
  rmSync(root, { recursive: true, force: true });
});

/** The embedded model as a repository of the stand-in, under a name of its own for each journey. */
const address = (name: string): string => `${hub.hub}/noema/tiny--${name}/tree/main`;

/** Lets a journey ask the stand-in; failed answers are errors of the console too. */
function allowHub(watch: Watch): void {
  for (const origin of [hub.hub, hub.storage]) watch.expectProblem(new RegExp(`left the origin: ${origin}/`));
  watch.expectProblem(/console: Failed to load resource/);
}

class Chooser {
  readonly dialog: Locator;
  readonly report: Locator;
  readonly alert: Locator;
  readonly download: Locator;
  readonly #page: Page;

  constructor(page: Page) {
    this.#page = page;
    this.dialog = page.getByRole('dialog', { name: modelsText.title });
    this.report = this.dialog.getByRole('group', { name: modelsText.report.label('') });
    this.alert = this.dialog.getByRole('alert');
    this.download = this.dialog.getByRole('button', { name: /^Download and load \([\d.]+\s[kM]B\)$/ });
  }

  async open(): Promise<void> {
    await this.#page.getByRole('button', { name: en.model.change }).click();
    await expect(this.dialog.getByText(modelsText.verdict.run).first()).toBeVisible();
  }

  /** Enters an id or address and asks for what is known of it. */
  async check(text: string): Promise<void> {
    await this.dialog.getByRole('radio', { name: modelsText.other.title }).check();
    await this.dialog.getByRole('textbox', { name: modelsText.other.label }).fill(text);
    await this.dialog.getByRole('button', { name: modelsText.check, exact: true }).click();
  }
}

test('a model named in the address is not asked for before a press; Run says its size first, then goes on', async ({ page, watch }) => {
  const noema = new Noema(page);
  const chooser = new Chooser(page);
  await noema.openCalm({ ...SHORT, model: address('asked') });
  await noema.chooseSample();
  await chooser.open();
  await expect(chooser.dialog.getByRole('textbox', { name: modelsText.other.label })).toHaveValue(address('asked'));
  await page.keyboard.press('Escape');
  await expect(chooser.dialog).toBeHidden();
  await expect(page.getByRole('button', { name: en.model.change })).toBeFocused();
  expect(await control.log(), 'requests before any press').toEqual([]);

  allowHub(watch);
  await noema.runButton.click();
  await expect(chooser.report).toBeFocused();
  await expect(chooser.download).toBeVisible();
  const before = await control.log();
  expect(before.length).toBeGreaterThan(0);
  expect(before.filter(({ file, part }) => part === 'storage' || file?.endsWith('.onnx') === true)).toEqual([]);

  // Agreeing goes on with the run that was asked for.
  await chooser.download.click();
  await expect(chooser.dialog).toBeHidden();
  await expect(noema.stopButton).toBeVisible();
  await expect(noema.runButton).toBeVisible({ timeout: 60_000 });
  await noema.expectFinished();
  expect((await noema.exportRun())[0]).toMatchObject({ type: 'started', model: { id: 'noema/tiny--asked', dtype: 'q4' } });
  for (const { referrer, cookie } of await control.log()) expect({ referrer, cookie }).toEqual({ referrer: null, cookie: false });
});

test('a download is one bar that can be stopped, goes on where it stopped, survives a reload, and can be deleted', async ({
  page,
  watch,
}) => {
  allowHub(watch);
  const noema = new Noema(page);
  const chooser = new Chooser(page);
  // The largest file stands still half way, once.
  await control.misbehave({ at: 'storage', file: DECODER, holdAt: 800_000, times: 1 });
  await noema.openCalm();
  await chooser.open();
  await chooser.check(address('resumed'));
  await expect(chooser.report).toContainText('Qwen2_5_VLForConditionalGeneration');
  await expect(chooser.report).toContainText('Apache-2.0');
  await chooser.download.click();
  const bar = page.getByRole('progressbar');
  await expect(bar).toHaveAttribute('aria-valuetext', /MB|kB/);
  await expect(page.getByText(/MB of 3\.7\sMB, .*\/s/)).toBeVisible();
  await expect.poll(() => control.sent('vision_encoder_q4.onnx')).toBeGreaterThan(1e6);
  await page.getByRole('button', { name: en.model.cancel }).click();
  await expect(page.getByText(/are kept; loading goes on from there/).first()).toBeVisible();
  await expect(noema.said).toContainText('are kept');

  // A reload forgets what was agreed to, but nothing that has arrived: what is left is said, and asked for once more.
  await page.reload();
  await noema.expectFinished();
  await page.getByRole('button', { name: en.model.load }).click();
  await expect(chooser.report).toContainText(/MB of 3\.7\sMB are here already/);
  await expect(chooser.download).toHaveText(/kB/);
  await control.misbehave({ at: 'storage', bytesPerSecond: 300_000 });
  await chooser.download.click();
  await expect(page.getByText(/MB were here already/)).toBeVisible();
  await expect(page.getByRole('button', { name: en.model.unload })).toBeVisible({ timeout: 60_000 });
  const bytes = await control.sent('.onnx');
  const total = (await control.log()).filter(({ part, status }) => part === 'storage' && status < 300).length;
  expect(total, 'requests for weights').toBeGreaterThanOrEqual(4);
  expect(bytes, 'bytes of weights over the network, those twice that were under way').toBeLessThan(3_700_000 * 1.05);

  await chooser.open();
  const stored = chooser.dialog.getByRole('region', { name: modelsText.stored.title });
  await expect(stored.getByText('noema/tiny--resumed')).toBeVisible();
  await stored.getByRole('button', { name: modelsText.stored.removeNamed('noema/tiny--resumed') }).click();
  await expect(stored.getByRole('button', { name: modelsText.stored.keep })).toBeFocused();
  await stored.getByRole('button', { name: modelsText.stored.remove, exact: true }).click();
  await expect(stored.getByText(modelsText.stored.none)).toBeVisible();

  // Back to the model of the page: the other one is unloaded, and the address says nothing of it any more.
  await chooser.dialog.getByRole('radio', { name: 'noema-tiny', exact: true }).check();
  await chooser.dialog.getByRole('button', { name: modelsText.use }).click();
  await expect(page.getByRole('button', { name: en.model.load })).toBeVisible();
  expect(new URL(page.url()).searchParams.has('model')).toBe(false);
});

test('a download the server breaks off is said, and goes on with one press', async ({ page, watch }) => {
  allowHub(watch);
  const noema = new Noema(page);
  const chooser = new Chooser(page);
  await control.misbehave({ at: 'storage', file: DECODER, status: 429, retryAfter: 600, times: 1 });
  await noema.openCalm();
  await chooser.open();
  await chooser.check(address('busy'));
  await chooser.download.click();
  await expect(noema.problem).toContainText('too many requests', { timeout: 60_000 });
  await expect(noema.problem).toContainText('is kept');
  await noema.problem.getByRole('button', { name: en.errors.retry }).click();
  await expect(page.getByRole('button', { name: en.model.unload })).toBeVisible({ timeout: 60_000 });
});

test('what is no model, is not there, or is gated is said where it was entered; a token opens it and is kept nowhere', async ({
  page,
  watch,
}) => {
  allowHub(watch);
  const noema = new Noema(page);
  const chooser = new Chooser(page);
  const gated = address('gated');
  await control.misbehave({ repository: 'noema/tiny--gated', gated: 'hf_secret' });
  await noema.openCalm();
  await chooser.open();
  await chooser.check('no model');
  await expect(chooser.alert).toContainText('names no model');
  await expect(chooser.dialog.getByRole('textbox', { name: modelsText.other.label })).toHaveAttribute('aria-invalid', 'true');
  await chooser.check(`${hub.hub}/noema/absent/tree/main`);
  await expect(chooser.alert).toContainText('There is no public model noema/absent');

  await chooser.check(gated);
  await expect(chooser.alert).toContainText('is gated or private');
  const token = chooser.dialog.getByRole('textbox', { name: modelsText.token.label });
  await expect(token).toHaveAttribute('type', 'password');
  await token.fill('hf_wrong');
  await chooser.dialog.getByRole('button', { name: modelsText.token.again }).click();
  await expect(chooser.alert).toContainText('does not open');
  await expectAccessible(page, 'dialog[open]');
  await token.fill('hf_secret');
  await page.keyboard.press('Enter');
  await expect(chooser.download).toBeVisible();

  // Another hub never sees what was entered for this one, which goes on knowing it.
  const other = await startHub({ root });
  watch.expectProblem(new RegExp(`left the origin: ${other.hub}/`));
  await chooser.check(`${other.hub}/noema/tiny/tree/main`);
  await expect(chooser.report).toContainText(other.hub);
  const asked = await new HubControl(other.hub).log();
  expect(asked.length).toBeGreaterThan(0);
  expect(asked.filter(({ authorized, method }) => authorized || method === 'OPTIONS')).toEqual([]);
  await other.close();
  await chooser.check(gated);
  await chooser.download.click();
  await expect(page.getByRole('button', { name: en.model.unload })).toBeVisible({ timeout: 60_000 });
  const log = await control.log();
  expect(
    log.filter(({ part, authorized }) => part === 'storage' && authorized),
    'the storage never sees the token',
  ).toEqual([]);
  expect(log.some(({ part, authorized }) => part === 'resolve' && authorized)).toBe(true);
  const kept = await page.evaluate(() => JSON.stringify([location.href, { ...localStorage }, { ...sessionStorage }]));
  expect(kept).toContain('tiny--gated');
  expect(kept).not.toContain('hf_secret');
});

test('a folder of this device is read in place, without any request', async ({ page }) => {
  const noema = new Noema(page);
  const chooser = new Chooser(page);
  await noema.openCalm(SHORT);
  await noema.chooseSample();
  await chooser.open();
  await chooser.dialog.getByRole('radio', { name: modelsText.folder.title }).check();
  await chooser.dialog.locator('input[type=file]').setInputFiles(join(import.meta.dirname, '../../public/samples'));
  await expect(chooser.alert).toContainText('samples');
  await dropFolder(chooser.dialog.getByText(modelsText.intro), 'holiday');
  await expect(chooser.alert).toContainText('holiday');
  await chooser.dialog.locator('input[type=file]').setInputFiles(TINY);
  await expect(chooser.report).toContainText('Qwen2_5_VLForConditionalGeneration');
  await chooser.dialog.getByRole('button', { name: modelsText.load, exact: true }).click();
  await expect(page.getByRole('button', { name: en.model.unload })).toBeVisible({ timeout: 60_000 });
  expect(new URL(page.url()).searchParams.has('model')).toBe(false);
  await noema.runToEnd();
  expect((await noema.exportRun())[0]).toMatchObject({ type: 'started', model: { id: 'noema-tiny' } });
});

for (const [name, colorScheme, width, height] of [
  ['light', 'light', 1280, 900],
  ['dark on a phone', 'dark', 360, 740],
] as const) {
  test(`the chooser is accessible: ${name}`, async ({ page, watch }) => {
    allowHub(watch);
    await page.setViewportSize({ width, height });
    await page.emulateMedia({ colorScheme });
    const chooser = new Chooser(page);
    await new Noema(page).openCalm();
    await chooser.open();
    // Arrow keys lead from one way to the next, and each opens as it is reached.
    await expect(chooser.dialog.getByRole('radio', { name: 'noema-tiny', exact: true })).toBeFocused();
    await page.keyboard.press('ArrowDown');
    await expect(chooser.dialog.getByRole('radio', { name: 'noema-tiny-ivtlr' })).toBeChecked();
    await page.keyboard.press('ArrowDown');
    await expect(chooser.dialog.getByRole('radio', { name: 'Qwen2.5-VL 3B Instruct' })).toBeChecked();
    await expect(chooser.dialog.getByRole('button', { name: modelsText.small.watch })).toBeVisible();
    await expectAccessible(page, 'dialog[open]');
    await chooser.check(address('axe'));
    await expect(chooser.report).toBeFocused();
    await expectAccessible(page, 'dialog[open]');
    const overflow = await chooser.dialog.evaluate((dialog) => dialog.scrollWidth - dialog.clientWidth);
    expect(overflow, 'pixels the dialog is wider than its window').toBeLessThanOrEqual(0);
  });
}

test('a run of wrong numbers offers another type, and loads it', async ({ page }) => {
  const noema = new Noema(page);
  const error = { code: 'WRONG_NUMBERS', message: 'The model computed NaN.', action: 'Choose another type.', retry: false };
  await beforeWorker(
    page,
    `${NO_WEBGPU}
    const post = MessagePort.prototype.postMessage;
    MessagePort.prototype.postMessage = function (message, ...rest) {
      const failed = message?.type === 'token' ? { type: 'failed', error: ${JSON.stringify(error)} } : message;
      post.call(this, failed, ...rest);
    };`,
  );
  await noema.openCalm(SHORT);
  await noema.chooseSample();
  await noema.runButton.click();
  await expect(noema.problem).toContainText(error.message, { timeout: 60_000 });
  await noema.problem.getByRole('button', { name: modelsText.offers.dtype('fp32') }).click();
  await expect(page.getByText(/noema-tiny.*fp32/)).toBeVisible({ timeout: 60_000 });
});
