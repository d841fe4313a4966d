// WebKitGTK's MiniBrowser on a screen in memory, driven through W3C WebDriver: the engine of Safari, as Linux has it.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Builder, type WebElement } from 'selenium-webdriver';
import type { Driven } from './driven';
import { type ByName, find, noControl, standsStill } from './find';
import type { WebKit } from './programs';

/** Time for a program to start, on a machine that does much else. */
const START_MS = 30_000;

/** Starts it with a home of its own, which is gone when it is closed. */
export async function openWebKit(programs: WebKit): Promise<Driven> {
  const home = mkdtempSync(join(tmpdir(), 'noema-webkit-'));
  const downloads = join(home, 'downloads');
  mkdirSync(downloads);
  mkdirSync(join(home, 'config'));
  writeFileSync(join(home, 'config/user-dirs.dirs'), `XDG_DOWNLOAD_DIR="${downloads}"\n`);
  const folders = { XDG_CONFIG_HOME: join(home, 'config'), XDG_CACHE_HOME: join(home, 'cache'), XDG_DATA_HOME: join(home, 'data') };

  const screen = bound(programs, [programs.screen, '-displayfd', '3', '-screen', '0', '1600x1200x24', '-nolisten', 'tcp']);
  const display = `:${await firstLine(screen)}`;
  const port = await freePort();
  const server = `http://127.0.0.1:${port}`;
  const environment = { ...process.env, HOME: home, ...folders, DISPLAY: display, GDK_BACKEND: 'x11', NO_AT_BRIDGE: '1' };
  const driver = bound(programs, [programs.driver, '--host=127.0.0.1', `--port=${port}`], environment);
  await answering(server);

  const browser = await new Builder().usingServer(server).withCapabilities({ browserName: 'MiniBrowser' }).build();
  await browser.manage().window().setRect({ x: 0, y: 0, width: 1440, height: 1000 });
  const capabilities = await browser.getCapabilities();
  const control = async (by: ByName): Promise<WebElement> => {
    const element = await browser.executeScript<WebElement | null>(find, by);
    if (element === null) throw noControl(by);
    return element;
  };
  return {
    version: `WebKitGTK ${capabilities.getBrowserVersion() ?? ''}`,
    downloads,
    open: (url) => browser.get(url),
    look: (look, ...args) => browser.executeScript(look, ...args),
    press: async (by) => {
      await standsStill(async () => (await control(by)).getRect());
      await (await control(by)).click();
    },
    give: async (by, file) => (await control(by)).sendKeys(file),
    resize: async (width, height) => {
      // The window has a bar of its own, which also keeps it from becoming as narrow as a phone: the page is then a column of it.
      const [wide, high] = await browser.executeScript<[number, number]>(() => [outerWidth - innerWidth, outerHeight - innerHeight]);
      await browser
        .manage()
        .window()
        .setRect({ x: 0, y: 0, width: width + wide, height: height + high });
      await browser.executeScript((most: number) => (document.documentElement.style.maxInlineSize = `${most}px`), width);
    },
    picture: async (file) => writeFileSync(file, await browser.takeScreenshot(), 'base64'),
    problems: () => [],
    close: async () => {
      await browser.quit();
      await Promise.all([ended(driver), ended(screen)]);
      // Its processes may still be writing as they end.
      rmSync(home, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
    },
  };
}

/** Starts a program that ends when we end, killed or not. Its fourth file is a pipe to us. */
function bound({ bind }: WebKit, command: readonly string[], env: NodeJS.ProcessEnv = process.env): ChildProcess {
  return spawn(bind, ['--pdeathsig', 'TERM', '--', ...command], { env, stdio: ['ignore', 'ignore', 'ignore', 'pipe'] });
}

async function firstLine(program: ChildProcess): Promise<string> {
  const [, , , pipe] = program.stdio;
  const gone = once(program, 'exit').then(() => null);
  const line = pipe ? await Promise.race([once(pipe, 'data') as Promise<[Buffer]>, gone]) : null;
  if (line === null) throw new Error(`${program.spawnargs.join(' ')} ended before it was ready.`);
  return line[0].toString().trim();
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('This machine gives no port.');
  return address.port;
}

async function answering(server: string): Promise<void> {
  for (const until = performance.now() + START_MS; performance.now() < until; await new Promise((resolve) => setTimeout(resolve, 100))) {
    const answer = await fetch(`${server}/status`).catch(() => null);
    if (answer?.ok) return;
  }
  throw new Error('WebKitWebDriver does not answer.');
}

async function ended(program: ChildProcess): Promise<void> {
  if (program.exitCode !== null || program.signalCode !== null) return;
  const exit = once(program, 'exit');
  program.kill();
  await exit;
}
