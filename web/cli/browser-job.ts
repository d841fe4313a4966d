// One request of any number of runs, made by the page's own engine in a headless Chromium; its events come back as they happen.
import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { chromium, type BrowserContext } from 'playwright';
import { cancelled, EngineFault, fault, toEngineError, type EngineError } from '../../src/errors';
import { parseModelSource, type NamedSource } from '../../src/engine/model-source';
import { isTerminal, type LoadEvent, type RunEvent } from '../../src/events/events';
import { EMBEDDED_MODEL } from '../embedded-model';
import type { EventSink, HeadlessRequest } from '../headless/protocol';
import { serveHeadless } from './built-page';
import { sandboxLine, startBrowser } from './launch';
import { listLocalModel, type LocalModel } from './local-model';
import { profileFolder, startOnProfile } from './stored-browser';

export type JobRequest = Omit<HeadlessRequest, 'source'> & {
  /** Path of a folder of this machine, or what `parseModelSource` reads; null for the embedded model. */
  readonly model: string | null;
  /** What Chromium is started with: adapter.ts chooses. */
  readonly flags: readonly string[];
};

/** Stored models belong to an address: this one, whatever port the page is really served on. */
const ADDRESS = '127.0.0.1:47531';
/** What closing may take, in milliseconds: a browser that hangs is ended with this process. */
const CLOSE_MS = 5000;

export interface JobHooks {
  /** The browser has started. */
  started(): void;
  load(event: LoadEvent): void;
  /** An event of the run with this index among those of the request. */
  run(index: number, event: RunEvent): void;
  /** Something a person should know meanwhile: what is waited for, what the browser complained about. */
  say(line: string): void;
}

/**
 * Makes the runs of a request, in order. The built page must be there.
 *
 * @param stop aborting it stops the job as Stop on the page does; the terminal event still arrives.
 * @returns null when every run reached its own terminal event, else what kept the first that did not from one.
 * @throws what keeps it from starting: a folder that cannot be listed, a browser that does not start.
 */
export async function runInBrowser(request: JobRequest, hooks: JobHooks, stop: AbortSignal): Promise<EngineError | null> {
  const { model, flags, ...rest } = request;
  const local = model !== null && isFolder(model) ? listLocalModel(resolve(model)) : null;
  const remote = model === null || local !== null ? null : parseRemote(model);
  const server = await serveHeadless();
  let browser: BrowserContext | null = null;
  try {
    const mapped = [...flags, `--host-resolver-rules=MAP ${ADDRESS} 127.0.0.1:${server.port}`];
    browser = await (remote === null ? openBrowser('', mapped, hooks.say) : openStored(mapped, hooks.say, stop));
    hooks.started();
    const source = remote ?? sourceOf(local);
    return await drive(browser, local, { ...rest, source }, hooks, stop);
  } catch (thrown) {
    if (thrown instanceof EngineFault && thrown.value.code === 'CANCELLED') return thrown.value;
    throw thrown;
  } finally {
    // Neither may keep the other from being closed: a browser that was killed cannot be.
    await Promise.race([Promise.allSettled([browser?.close(), server.close()]), wait(CLOSE_MS, undefined, { ref: false })]);
  }
}

const sourceOf = (local: LocalModel | null): HeadlessRequest['source'] =>
  local === null ? { kind: 'site', url: `http://${ADDRESS}/${EMBEDDED_MODEL}` } : { kind: 'folder', name: local.name, paths: local.paths };

/** A browser whose storage lasts in `profile`; with '' it is gone when the browser is closed. */
async function openBrowser(profile: string, flags: readonly string[], say: (line: string) => void): Promise<BrowserContext> {
  // Signals belong to us: the browser must live to say how the run ended.
  const ours = { handleSIGINT: false, handleSIGTERM: false, handleSIGHUP: false };
  const browser = await startBrowser(flags, (options) => chromium.launchPersistentContext(profile, { ...options, ...ours }), say);
  const line = sandboxLine();
  if (line !== null) say(line);
  return browser;
}

function openStored(flags: readonly string[], say: (line: string) => void, stop: AbortSignal): Promise<BrowserContext> {
  const profile = profileFolder();
  return startOnProfile(profile, () => openBrowser(profile, flags, say), stop, say);
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
  local: LocalModel | null,
  request: HeadlessRequest,
  hooks: JobHooks,
  stop: AbortSignal,
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
  const died = new Promise<EngineError>((give) => browser.on('close', () => give(browserGone())));
  try {
    return await Promise.race([make(), died]);
  } catch (thrown) {
    return browser.browser()?.isConnected() === false ? browserGone() : toEngineError(thrown);
  }

  async function make(): Promise<EngineError | null> {
    const page = await browser.newPage();
    page.on('pageerror', (error) => hooks.say(`In the browser: ${error.message}`));
    const crashed = new Promise<EngineError>((give) => page.on('crash', () => give(browserGone())));
    const onStop = (): void => void page.evaluate(() => window.noema?.stop()).catch(() => undefined);
    stop.addEventListener('abort', onStop, { once: true });
    try {
      await page.exposeFunction('noemaEvent', sink);
      await page.goto(`http://${ADDRESS}/web/headless/index.html`);
      await page.waitForFunction(() => window.noema !== undefined);
      if (local !== null) await page.setInputFiles('input', [...local.files]);
      // Stopped meanwhile: the page was not there to be told.
      if (stop.aborted) return cancelled().value;
      const done = page.evaluate((job) => window.noema?.ask(job), request).then(() => (ended === request.runs.length ? null : problem));
      return await Promise.race([done, crashed]);
    } finally {
      stop.removeEventListener('abort', onStop);
    }
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
