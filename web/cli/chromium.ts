// The one place that knows which Chromium runs our browser work and with which flags.
import { join } from 'node:path';
import { chromium } from 'playwright';
import { aptCommands, findOrInstall, findProgram, runnable } from './programs.ts';

/** Flags of every Chromium we start: WebGPU on every adapter there is, and no connections of the browser's own. launch.ts has the sandbox. */
const COMMON_FLAGS = [
  '--enable-unsafe-webgpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
  '--disable-quic',
] as const;

/**
 * Flags for tests, end-to-end journeys and whatever computes on the software adapter, which needs no GPU. `--enable-features=Vulkan` is left
 * out on purpose: with it Chromium can hang on machines without a Vulkan driver.
 */
export const CHROMIUM_FLAGS = [...COMMON_FLAGS, '--use-webgpu-adapter=swiftshader'] as const;

/** NVIDIA's Vulkan driver shows shader-f16 to Chromium on Linux only with this; other drivers and platforms need and mind nothing. */
export const F16_FLAG = '--enable-dawn-features=vulkan_enable_f16_on_nvidia';

/** Gives an adapter its full name, and timestamps their full precision. */
export const DEVELOPER_FLAG = '--enable-webgpu-developer-features';

/**
 * Flags for a real GPU. On Linux Chromium reaches it through Vulkan, and without a display only so; where there is no Vulkan driver it may
 * hang, or fall back to the software adapter without saying so: adapter.ts asks first.
 */
export const GPU_FLAGS = [
  ...COMMON_FLAGS,
  '--ignore-gpu-blocklist',
  DEVELOPER_FLAG,
  ...(process.platform === 'linux' ? ['--use-angle=vulkan', '--enable-features=Vulkan', '--disable-vulkan-surface', F16_FLAG] : []),
] as const;

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome'];

const USUAL_PROGRAMS = [
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
  'C:\\Program Files (x86)\\Google\\Chrome\\Application\\chrome.exe',
];

/** Said when no browser is there and none could be installed. */
const HOW_TO =
  'No Chrome or Chromium was found. Install one (Debian: "sudo apt-get install chromium"; elsewhere: "npx playwright install chromium") ' +
  'or set the environment variable CHROMIUM to the path of its program.';

/**
 * Path of an installed Chromium or Chrome, or null. Looks at the environment variable CHROMIUM, then at PATH and the usual places, then at
 * the browser Playwright may have downloaded.
 *
 * @throws when CHROMIUM is set but names nothing that can be run: a wrong choice is never silently replaced by another.
 */
export function findChromium(env: NodeJS.ProcessEnv = process.env): string | null {
  const chosen = env['CHROMIUM'];
  if (chosen !== undefined && chosen !== '') {
    if (runnable(chosen)) return chosen;
    throw new Error(`CHROMIUM is set to "${chosen}", which is no program that can be run. Correct it or unset it.`);
  }
  return findProgram(NAMES, env, ['/opt/google/chrome']) ?? [...USUAL_PROGRAMS, chromium.executablePath()].find(runnable) ?? null;
}

/**
 * Path of a Chromium that can be started; installs one when there is none (Debian's package through apt-get, else Playwright's download).
 *
 * @param say gets one line per thing that is done.
 * @throws with what a person can do when no browser could be found or installed.
 */
export function ensureChromium(say: (line: string) => void = (line) => void process.stderr.write(`${line}\n`)): string {
  const download = join(import.meta.dirname, '../../node_modules/playwright/cli.js');
  const commands = [...aptCommands('chromium'), [process.execPath, download, 'install', 'chromium']] as const;
  const found = findOrInstall('Chromium', findChromium, commands, say);
  if (found === null) throw new Error(HOW_TO);
  return found;
}
