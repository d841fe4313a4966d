// One request of any number of runs, made by the page's own engine in a headless Chromium; its events come back as they happen.
import { statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { chromium, type BrowserContext } from 'playwright';
import type { AbortHandle } from '../../src/engine/abort';
import { cancelled, fault, toEngineError, type EngineError } from '../../src/errors';
import { parseModelSource, type NamedSource } from '../../src/engine/model-source';
import type { LoadEvent, RunEvent } from '../../src/events/events';
import { isTerminal } from '../../src/events/kinds';
import { EMBEDDED_MODEL } from '../embedded-model';
import type { EventSink, HeadlessRequest } from '../headless/protocol';
import { serveHeadless } from './built-page';
import { ensureChromium } from './chromium';

export type JobRequest = Omit<HeadlessRequest, 'source'> & {
  /** Path of a folder of this machine, or what `parseModelSource` reads; null for the embedded model. */
  readonly model: string | null;
  /** What Chromium is started with: adapter.ts chooses. */
  readonly flags: readonly string[];
};

/** Stored models belong to an origin: those from elsewhere are kept under this one. */
const REMOTE_PORT = 47531;

export interface JobHooks {
  load(event: LoadEvent): void;
  /** An event of the run with this index among those of the request. */
  run(index: number, event: RunEvent): void;
  /** What the browser complained about; for a failed run's detail. */
  say(line: string): void;
}

/**
 * Makes the runs of a request, in order. The built page must be there.
 *
 * @param stop aborting it stops the job as Stop on the page does; the terminal event still arrives.
 * @returns null when every run reached its own terminal event, else what kept the first that did not from one.
 */
export async function runInBrowser(request: JobRequest, hooks: JobHooks, stop: AbortHandle): Promise<EngineError | null> {
  const { model, flags, ...rest } = request;
  const folder = model !== null && isFolder(model) ? resolve(model) : null;
  const remote = model === null || folder !== null ? null : parseRemote(model);
  const { url, server } = await serveHeadless(folder, remote === null ? 0 : REMOTE_PORT);
  let browser: BrowserContext | null = null;
  try {
    browser = await openBrowser(remote === null ? '' : cacheFolder(), flags, hooks.say);
    const source: NamedSource = remote ?? { kind: 'site', url: `${url}${folder === null ? EMBEDDED_MODEL : 'model/'}` };
    return await drive(browser, `${url}web/headless/index.html`, { ...rest, source }, hooks, stop);
  } finally {
    await browser?.close();
    await server.close();
  }
}

/** A browser whose storage lasts in `profile`; with '' it is gone when the browser is closed. */
async function openBrowser(profile: string, flags: readonly string[], say: (line: string) => void): Promise<BrowserContext> {
  // Ctrl-C belongs to us: the browser must live to say how the run ended.
  const options = { executablePath: ensureChromium(say), args: [...flags], handleSIGINT: false, handleSIGTERM: false };
  return chromium.launchPersistentContext(profile, options);
}

/** Where downloaded models are kept between runs. */
function cacheFolder(): string {
  return join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'noema');
}

/** Throws BAD_INPUT, for what looks like a path too: a folder would have been found before. */
function parseRemote(model: string): NamedSource {
  if (!/^[.~]?[/\\]|^\.\.?$|^\.\.[/\\]|^[a-z]:\\/i.test(model)) return parseModelSource(model);
  throw fault(
    'BAD_INPUT',
    `There is no folder ${model}.`,
    'Name the folder that holds config.json, a model on the hub, or an https address.',
  );
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

async function drive(
  browser: BrowserContext,
  address: string,
  request: HeadlessRequest,
  hooks: JobHooks,
  stop: AbortHandle,
): Promise<EngineError | null> {
  if (stop.aborted) return cancelled().value;
  let problem: EngineError | null = noEnd();
  let ended = 0;
  const sink: EventSink = (run, json) => {
    if (run === null) {
      const event = JSON.parse(json) as LoadEvent;
      if (event.type === 'failed') problem = event.error;
      if (event.type === 'cancelled') problem = cancelled().value;
      hooks.load(event);
    } else {
      const event = JSON.parse(json) as RunEvent;
      if (isTerminal(event)) ended += 1;
      if (event.type === 'cancelled') problem = cancelled().value;
      hooks.run(run, event);
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
    const done = page.evaluate((job) => window.noema?.ask(job), request).then(() => (ended === request.runs.length ? null : problem));
    return await Promise.race([done, died]);
  } catch (thrown) {
    return browser.browser()?.isConnected() === false ? browserGone() : toEngineError(thrown);
  } finally {
    stop.removeEventListener('abort', onStop);
  }
}

function browserGone(): EngineError {
  return fault('INTERNAL', 'The browser that ran the model has gone.', 'Run again; if it is gone again, give the machine more memory.', {
    retry: true,
  }).value;
}

function noEnd(): EngineError {
  return fault('PROTOCOL', 'The run ended without saying how.', 'Run again; if it happens again, report it.', { retry: true }).value;
}
