// What the page and its worker may reach: their own origin, and for the worker the host of a model that somebody names, after the press that says so.
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { serveHeadless } from '../../web/cli/built-page';
import { PAGE_POLICY, WORKER_POLICY } from '../../web/cli/security-policy';
import { en } from '../../web/strings/en';
import { modelsText } from '../../web/strings/models';
import { HubControl } from '../hub/client';
import { startHub, type RunningHub } from '../hub/hub';
import { Noema } from './noema';
import { expect, test } from './watched-page';
import { beforeWorker } from './worker-script';

const TINY = join(import.meta.dirname, '../../public/models/noema-tiny');
const ASSETS = join(import.meta.dirname, '../../dist/assets');
const ID = 'noema/tiny';

// A thread whose script was changed on its way has no address of its own any more: the browser then asks before it may reach this machine.
test.use({ permissions: ['local-network-access'] });

let root: string;
let hub: RunningHub;
test.beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'noema-hub-'));
  mkdirSync(join(root, 'noema'));
  symlinkSync(TINY, join(root, ID));
  hub = await startHub({ root });
});
test.afterAll(async () => {
  await hub.close();
  rmSync(root, { recursive: true, force: true });
});

async function openChooser(page: Page) {
  const dialog = page.getByRole('dialog', { name: modelsText.title });
  await page.getByRole('button', { name: en.model.change }).click();
  await expect(dialog.getByText(modelsText.verdict.run).first()).toBeVisible();
  return dialog;
}

test('every response of our servers carries its policy, and nosniff', async ({ page, baseURL }) => {
  await page.goto('/');
  const server = await serveHeadless();
  const url = `http://127.0.0.1:${server.port}/`;
  try {
    const script = `assets/${readdirSync(ASSETS).find((name) => /^engine\.worker-.*\.js$/.test(name)) ?? 'none'}`;
    for (const base of [baseURL ?? '', url]) {
      for (const [path, policy] of [
        ['', PAGE_POLICY],
        ['web/headless/index.html', PAGE_POLICY],
        ['samples/standard-1.png', PAGE_POLICY],
        ['models/noema-tiny/config.json', PAGE_POLICY],
        ['nothing.json', PAGE_POLICY],
        [script, WORKER_POLICY],
      ]) {
        const { headers } = await fetch(new URL(path, base), { headers: { Accept: '*/*' } });
        expect([path, headers.get('content-security-policy'), headers.get('x-content-type-options')]).toEqual([path, policy, 'nosniff']);
      }
    }
  } finally {
    await server.close();
  }
});

test('the policies let the page reach nothing, the worker a host that was named, and no string become a script', async ({
  page,
  watch,
}) => {
  watch.expectProblem(/left the origin|Content Security Policy|security policy|Failed to load|Trusted/);
  await page.goto('/');
  const control = new HubControl(hub.hub);
  await control.reset();
  const address = `${hub.hub}/api/models/${ID}/revision/main`;
  const outcomes = await page.evaluate(async (url) => {
    const outcome = (work: () => unknown): Promise<string> =>
      Promise.resolve()
        .then(work)
        .then(
          () => 'done',
          (thrown: unknown) => (thrown instanceof TypeError ? 'TypeError' : String(thrown)),
        );
    const loads = (tag: string) =>
      new Promise<string>((resolve) => {
        const element = Object.assign(document.createElement(tag) as HTMLImageElement, { src: url });
        element.addEventListener('error', () => resolve('refused'));
        element.addEventListener('load', () => resolve('loaded'));
        document.head.append(element);
      });
    return {
      fetch: await outcome(() => fetch(url)),
      image: await loads('img'),
      html: await outcome(() => (document.createElement('p').innerHTML = '<b>bold</b>')),
      worker: await outcome(() => new Worker('./assets/any.js')),
      script: await outcome(() => Object.assign(document.createElement('script'), { src: url })),
      policy: await outcome(() =>
        (window as unknown as { trustedTypes: { createPolicy(name: string, rules: object): void } }).trustedTypes.createPolicy('other', {}),
      ),
    };
  }, address);
  expect(outcomes).toEqual({
    fetch: 'TypeError',
    image: 'refused',
    html: 'TypeError',
    worker: 'TypeError',
    script: 'TypeError',
    policy: 'TypeError',
  });

  await openChooser(page);
  // The engine's own start has made the page's one Trusted Types policy: it passes the engine's worker alone.
  for (const address of ['./assets/any.js', `${hub.hub}/engine.worker-x.js`, 'data:text/javascript,0']) {
    await expect(page.evaluate((url) => void new Worker(url), address)).rejects.toThrow('TypeError');
  }
  const [worker] = page.workers();
  const fetched = await worker.evaluate(
    async ([url, elsewhere]) => {
      const outcome = (work: Promise<unknown>): Promise<string> =>
        work.then(
          () => 'done',
          (thrown: unknown) => (thrown instanceof Error ? thrown.name : String(thrown)),
        );
      return {
        unnamed: await outcome(fetch(url)),
        plain: await outcome(fetch(elsewhere)),
        module: await outcome(import(url)),
        ways: ['XMLHttpRequest', 'WebSocket', 'EventSource'].map((name) => typeof (globalThis as Record<string, unknown>)[name]),
      };
    },
    [address, 'http://elsewhere.example/'],
  );
  expect(fetched).toEqual({ unnamed: 'TypeError', plain: 'TypeError', module: 'TypeError', ways: Array(3).fill('undefined') });
  expect(await control.log(), 'requests that arrived').toEqual([]);
});

test('another site cannot show the laboratory in a frame', async ({ page, watch, baseURL }) => {
  watch.expectProblem(/frame-ancestors|left the origin|Failed to load|favicon/);
  const other = createServer((_, response) => {
    response.setHeader('Content-Type', 'text/html').end(`<!doctype html><title>other</title><iframe src="${baseURL}"></iframe>`);
  });
  await new Promise<void>((resolve) => void other.listen(0, '127.0.0.1', resolve));
  try {
    const refused = page.waitForEvent('console', (message) => message.text().includes('frame-ancestors'));
    await page.goto(`http://127.0.0.1:${(other.address() as AddressInfo).port}/`);
    await refused;
    await expect(page.frameLocator('iframe').getByRole('button', { name: en.run.run, exact: true })).toHaveCount(0);
  } finally {
    other.closeAllConnections();
    other.close();
  }
});

test('nobody is called from arrival to the press that names the host, and until its size was agreed to that host alone', async ({
  page,
  watch,
  context,
  baseURL,
}) => {
  await beforeWorker(page, "Object.defineProperty(navigator, 'gpu', { value: undefined });");
  const asked: URL[] = [];
  context.on('request', (request) => asked.push(new URL(request.url())));
  const elsewhere = (): URL[] =>
    asked.filter(({ origin, protocol }) => origin !== new URL(baseURL ?? '').origin && protocol !== 'data:' && protocol !== 'blob:');
  const noema = new Noema(page);
  await noema.openCalm();
  const dialog = await openChooser(page);
  // Each way is opened as it is reached.
  for (const radio of await dialog.getByRole('radio').all()) await radio.check();
  await dialog.getByRole('radio', { name: modelsText.other.title }).check();
  await dialog.getByRole('textbox', { name: modelsText.other.label }).fill('owner/name');
  await expect(dialog.getByText(modelsText.checkHint('huggingface.co'))).toBeVisible();
  await dialog.getByRole('textbox', { name: modelsText.other.label }).fill(`${hub.hub}/${ID}/tree/main`);
  const { host } = new URL(hub.hub);
  await expect(dialog.getByText(modelsText.checkHint(host))).toBeVisible();
  await page.waitForLoadState('networkidle');
  expect(elsewhere(), 'requests before the press').toEqual([]);
  expect(asked.length).toBeGreaterThan(5);

  watch.expectProblem(new RegExp(`left the origin: ${hub.hub}/`));
  watch.expectProblem(/Failed to load resource/);
  await dialog.getByRole('button', { name: modelsText.check, exact: true }).click();
  const report = dialog.getByRole('group', { name: modelsText.report.label('') });
  await expect(report).toContainText(host);
  await expect(dialog.getByRole('button', { name: /^Download and load \([\d.]+\s[kM]B\)$/ })).toBeVisible();
  expect(elsewhere().length).toBeGreaterThan(0);
  expect(elsewhere().filter((url) => url.origin !== hub.hub || url.pathname.endsWith('.onnx'))).toEqual([]);
});

test('the licences of all that is bundled are one press from the page', async ({ page, baseURL }) => {
  await page.goto('/');
  const address = await page.getByRole('link', { name: en.footer.licences }).getAttribute('href');
  const text = await (await fetch(new URL(address ?? '', baseURL))).text();
  for (const name of ['react', 'react-dom', 'onnxruntime-web', '@fontsource-variable/inter', '@huggingface/tokenizers', 'comlink']) {
    expect(text).toMatch(new RegExp(`^${name} \\d+\\.\\d+\\.\\d+: \\S`, 'm'));
  }
  expect(text).toContain('SIL OPEN FONT LICENSE');
  // In the runtime's WASM.
  expect(text).toContain('protocolbuffers/protobuf');
});
