// One request, run by the page's own engine in a headless Chromium; its events come back as they happen.
import { resolve } from 'node:path';
import { chromium, type Browser } from 'playwright';
import type { AbortHandle } from '../../src/engine/engine';
import { cancelled, fault, toEngineError, type EngineError } from '../../src/engine/errors';
import type { NamedSource } from '../../src/engine/model-source';
import type { LoadEvent, RunEvent } from '../../src/run/events';
import { EMBEDDED_MODEL } from '../embedded-model';
import type { EventSink, HeadlessRequest } from '../headless/protocol';
import { serveHeadless } from './built-page';
import { CHROMIUM_FLAGS, ensureChromium } from './chromium';

export type JobRequest = Omit<HeadlessRequest, 'source' | 'dtype'> & {
  /** Address, or path of a folder of this machine; null for the embedded model. */
  readonly model: string | null;
};

export interface JobHooks {
  load(event: LoadEvent): void;
  run(event: RunEvent): void;
  /** What the browser complained about; for a failed run's detail. */
  say(line: string): void;
}

/**
 * Runs one request to its end. The built page must be there.
 *
 * @param stop aborting it stops the job as Stop on the page does; the terminal event still arrives.
 * @returns null when the run reached its own terminal event, else what kept it from one.
 */
export async function runInBrowser(request: JobRequest, hooks: JobHooks, stop: AbortHandle): Promise<EngineError | null> {
  const { model, ...rest } = request;
  const remote = model !== null && /^https?:\/\//.test(model);
  const { url, server } = await serveHeadless(model === null || remote ? null : resolve(model));
  let browser: Browser | null = null;
  try {
    // Ctrl-C belongs to us: the browser must live to say how the run ended.
    const options = { executablePath: ensureChromium(hooks.say), args: [...CHROMIUM_FLAGS], handleSIGINT: false, handleSIGTERM: false };
    browser = await chromium.launch(options);
    const source: NamedSource = remote
      ? { kind: 'url', url: withSlash(model) }
      : { kind: 'site', url: `${url}${model === null ? EMBEDDED_MODEL : 'model/'}` };
    return await drive(browser, `${url}web/headless/index.html`, { ...rest, source, dtype: 'auto' }, hooks, stop);
  } finally {
    await browser?.close();
    await server.close();
  }
}

async function drive(
  browser: Browser,
  address: string,
  request: HeadlessRequest,
  hooks: JobHooks,
  stop: AbortHandle,
): Promise<EngineError | null> {
  if (stop.aborted) return cancelled().value;
  let problem: EngineError | null = noEnd();
  const sink: EventSink = (stream, json) => {
    if (stream === 'load') {
      const event = JSON.parse(json) as LoadEvent;
      if (event.type === 'failed') problem = event.error;
      if (event.type === 'cancelled') problem = cancelled().value;
      hooks.load(event);
    } else {
      const event = JSON.parse(json) as RunEvent;
      if (event.type === 'finished' || event.type === 'cancelled' || event.type === 'failed') problem = null;
      hooks.run(event);
    }
    return Promise.resolve();
  };
  const page = await browser.newPage();
  page.on('pageerror', (error) => hooks.say(`In the browser: ${error.message}`));
  const died = new Promise<EngineError>((give) => {
    page.on('crash', () => give(browserGone()));
    page.on('close', () => give(browserGone()));
  });
  const onStop = (): void => void page.evaluate(() => window.noema?.stop()).catch(() => undefined);
  stop.addEventListener('abort', onStop, { once: true });
  try {
    await page.exposeFunction('noemaEvent', sink);
    await page.goto(address);
    await page.waitForFunction(() => window.noema !== undefined);
    const ended = page.evaluate((job) => window.noema?.ask(job), request).then(() => problem);
    return await Promise.race([ended, died]);
  } catch (thrown) {
    return browser.isConnected() ? toEngineError(thrown) : browserGone();
  } finally {
    stop.removeEventListener('abort', onStop);
  }
}

function withSlash(url: string): string {
  return url.endsWith('/') ? url : `${url}/`;
}

function browserGone(): EngineError {
  return fault('INTERNAL', 'The browser that ran the model has gone.', 'Run again; if it is gone again, give the machine more memory.', {
    retry: true,
  }).value;
}

function noEnd(): EngineError {
  return fault('PROTOCOL', 'The run ended without saying how.', 'Run again; if it happens again, report it.', { retry: true }).value;
}
