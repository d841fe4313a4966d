// A model in a headless Chromium of its own, loaded by the page's own engine, which may be asked many times; events come back as they happen.
import { statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { chromium, type BrowserContext, type Page } from 'playwright';
import { cancelled, EngineFault, fault, toEngineError, type EngineError } from '../../src/errors';
import { parseModelSource, type NamedSource } from '../../src/engine/model-source';
import type { LoadEvent, RunEvent } from '../../src/events/events';
import { isTerminal } from '../../src/events/kinds';
import { siteFolder } from '../embedded-model';
import type { EventSink, HeadlessRequest, HeadlessRun } from '../headless/protocol';
import { ROOT, serveHeadless } from './built-page';
import { sandboxLine, startBrowser } from './launch';
import { listLocalModel, type LocalModel } from './local-model';
import { profileFolder, startOnProfile } from './stored-browser';

/** A model, and how the browser it is loaded in is started. */
export type ModelRequest = Omit<HeadlessRequest, 'source' | 'runs'> & {
  /** Path of a folder of this machine, name of a model of the page, or what `parseModelSource` reads; null for the embedded model. */
  readonly model: string | null;
  /** What Chromium is started with: adapter.ts chooses. */
  readonly flags: readonly string[];
};

/** Stored models belong to an address: this one, whatever port the page is really served on. */
const ADDRESS = '127.0.0.1:47531';
/** What closing may take, in milliseconds: a browser that hangs is ended with this process. */
const CLOSE_MS = 5000;

export interface ModelHooks {
  /** The browser has started. */
  started(): void;
  load(event: LoadEvent): void;
  /** Something a person should know meanwhile: what is waited for, what the browser complained about. */
  say(line: string): void;
}

/** What an `ask` has heard so far. */
interface Heard {
  ended: number;
  problem: EngineError;
  event(index: number, event: RunEvent): void;
}

/** A model in a browser of its own; it is loaded with the first run, and stays for the next ones. */
export class BrowserModel {
  readonly #browser: BrowserContext;
  readonly #page: Page;
  readonly #close: () => Promise<void>;
  readonly #request: Omit<HeadlessRequest, 'runs'>;
  readonly #stop: AbortSignal;
  /** Resolves when the browser or its page is gone. */
  readonly #gone: Promise<EngineError>;
  #isGone = false;
  #heard: Heard | null = null;

  private constructor(
    browser: BrowserContext,
    page: Page,
    request: Omit<HeadlessRequest, 'runs'>,
    stop: AbortSignal,
    close: () => Promise<void>,
  ) {
    this.#browser = browser;
    this.#page = page;
    this.#request = request;
    this.#stop = stop;
    this.#close = close;
    this.#gone = new Promise((give) => {
      const onGone = (): void => {
        this.#isGone = true;
        give(browserGone());
      };
      browser.on('close', onGone);
      page.on('crash', onGone);
    });
  }

  /**
   * Starts the browser. The built page must be there.
   *
   * @param stop aborting it stops what is going on, as Stop on the page does.
   * @throws what keeps it from starting: a folder that cannot be listed, a browser that does not start; CANCELLED when it is stopped.
   */
  static async open({ model, flags, ...rest }: ModelRequest, hooks: ModelHooks, stop: AbortSignal): Promise<BrowserModel> {
    const local = model !== null && isFolder(model) ? listLocalModel(resolve(model)) : null;
    const source = sourceOf(model, local);
    // Only what comes from elsewhere is stored.
    const remote = source.kind === 'hub' || source.kind === 'url';
    const server = await serveHeadless();
    let browser: BrowserContext | null = null;
    // Neither may keep the other from being closed: a browser that was killed cannot be.
    const close = async (): Promise<void> =>
      void (await Promise.race([Promise.allSettled([browser?.close(), server.close()]), wait(CLOSE_MS, undefined, { ref: false })]));
    try {
      const mapped = [...flags, `--host-resolver-rules=MAP ${ADDRESS} 127.0.0.1:${server.port}`];
      browser = await (!remote ? openBrowser('', mapped, hooks.say) : openStored(mapped, hooks.say, stop));
      hooks.started();
      if (stop.aborted) throw cancelled();
      const started = browser;
      return await BrowserModel.#prepared(started, { ...rest, source }, local, hooks, stop, close).catch((thrown: unknown) => {
        throw new EngineFault(started.browser()?.isConnected() === false ? browserGone() : toEngineError(thrown));
      });
    } catch (thrown) {
      await close();
      throw thrown;
    }
  }

  /** Whether the browser has gone: nothing can be asked any more. */
  get isGone(): boolean {
    return this.#isGone;
  }

  /**
   * Makes runs, in order; they share what they read of one picture and prompt, and nothing with those of an earlier call. One call at a time.
   *
   * @returns null when every run reached its own terminal event, else what kept the first that did not from one.
   */
  async ask(runs: readonly HeadlessRun[], event: Heard['event']): Promise<EngineError | null> {
    const heard: Heard = { ended: 0, problem: noEnd(), event };
    this.#heard = heard;
    const onStop = (): void => void this.#page.evaluate(() => window.noema?.stop()).catch(() => undefined);
    this.#stop.addEventListener('abort', onStop, { once: true });
    try {
      // Stopped meanwhile: the page was not told.
      if (this.#stop.aborted) return cancelled().value;
      const job: HeadlessRequest = { ...this.#request, runs };
      const done = this.#page.evaluate((request) => window.noema?.ask(request), job);
      return await Promise.race([done.then(() => (heard.ended === runs.length ? null : heard.problem)), this.#gone]);
    } catch (thrown) {
      const isGone = this.#isGone || this.#browser.browser()?.isConnected() === false;
      this.#isGone = isGone;
      return isGone ? browserGone() : toEngineError(thrown);
    } finally {
      this.#stop.removeEventListener('abort', onStop);
    }
  }

  /** Ends the browser. Never rejects. */
  close(): Promise<void> {
    return this.#close();
  }

  static async #prepared(
    browser: BrowserContext,
    request: Omit<HeadlessRequest, 'runs'>,
    local: LocalModel | null,
    hooks: ModelHooks,
    stop: AbortSignal,
    close: () => Promise<void>,
  ): Promise<BrowserModel> {
    const page = await browser.newPage();
    const model = new BrowserModel(browser, page, request, stop, close);
    await model.#listen(hooks);
    await page.goto(`http://${ADDRESS}/web/headless/index.html`);
    await page.waitForFunction(() => window.noema !== undefined);
    if (local !== null) await page.setInputFiles('input', [...local.files]);
    return model;
  }

  async #listen(hooks: ModelHooks): Promise<void> {
    const page = this.#page;
    page.on('pageerror', (error) => hooks.say(`In the browser: ${error.message}`));
    const sink: EventSink = (run, json) => {
      if (run === null) this.#onLoad(JSON.parse(json) as LoadEvent, hooks);
      else this.#onRun(run, JSON.parse(json) as RunEvent);
      return Promise.resolve();
    };
    await page.exposeFunction('noemaEvent', sink);
  }

  #onLoad(event: LoadEvent, hooks: ModelHooks): void {
    if (this.#heard !== null && event.type === 'failed') this.#heard.problem = event.error;
    if (this.#heard !== null && event.type === 'cancelled') this.#heard.problem = cancelled().value;
    hooks.load(event);
  }

  #onRun(index: number, event: RunEvent): void {
    const heard = this.#heard;
    if (heard === null) return;
    if (isTerminal(event)) heard.ended += 1;
    if (event.type === 'cancelled') heard.problem = cancelled().value;
    heard.event(index, event);
  }
}

/** A model of the page by its name (null: the embedded one), else what `parseRemote` reads. */
function sourceOf(model: string | null, local: LocalModel | null): HeadlessRequest['source'] {
  if (local !== null) return { kind: 'folder', name: local.name, paths: local.paths };
  const folder = siteFolder(model ?? '');
  if (folder === null || !isFolder(join(ROOT, 'public', folder))) return parseRemote(model ?? '');
  return { kind: 'site', url: `http://${ADDRESS}/${folder}` };
}

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

function browserGone(): EngineError {
  return fault('INTERNAL', 'The browser that ran the model has gone.', 'Run again; if it is gone again, give the machine more memory.', {
    retry: true,
  }).value;
}

function noEnd(): EngineError {
  return fault('PROTOCOL', 'The run ended without saying how.', 'Run again; if it happens again, report it.', { retry: true }).value;
}
