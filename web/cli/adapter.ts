// Decides which WebGPU adapter a browser without a screen computes on: asks for a graphics card, with time limits, and says what was taken and why.
import { chromium, type BrowserServer } from 'playwright';
import { fault } from '../../src/errors';
import { describeAdapter, type AdapterFacts, type AdapterLike } from '../../models/device/adapter';
import { CHROMIUM_FLAGS, F16_FLAG, GPU_FLAGS } from './chromium';
import { BrowserNotStarted, startBrowser } from './launch';

/** What `--adapter` may be: `auto` takes the hardware where there is some. */
export const ADAPTERS = ['auto', 'hardware', 'software'] as const;
export type AdapterChoice = (typeof ADAPTERS)[number];

/** What the text of `--help` says about `--adapter`, in every command that has it. */
export const ADAPTER_HELP = `  --adapter NAME        auto (default: the graphics card if the browser finds one, else the software adapter), hardware or software
`;

/** How to start Chromium so that it computes on the adapter that was taken. */
export interface ChosenAdapter {
  readonly kind: 'hardware' | 'software';
  readonly flags: readonly string[];
  /** What was taken and why, for a person. */
  readonly line: string;
}

/** What Chromium answered when it was asked for an adapter with the flags for a graphics card; words when it gave none. */
export type Answer = AdapterFacts | string;

/** How long a browser may take, in milliseconds. */
export interface Limits {
  /** Chromium starts in under a second, on a busy machine in several; on some Vulkan drivers never. */
  readonly start: number;
  /** A graphics card answers in a second, the page it is asked from included; lavapipe takes a minute. */
  readonly answer: number;
}

const LIMITS: Limits = { start: 15_000, answer: 10_000 };

/**
 * Takes an adapter. `auto` and `hardware` start a browser of their own and ask it; `software` asks nobody.
 *
 * @param ask asks the browser; tests give their own.
 * @param platform what this machine runs.
 * @throws NO_ADAPTER for `hardware` when the browser has none to give.
 */
export async function chooseAdapter(
  choice: AdapterChoice,
  ask: () => Promise<Answer> = askForHardware,
  platform: NodeJS.Platform = process.platform,
): Promise<ChosenAdapter> {
  if (choice === 'software') return software('as asked for');
  const answer = await ask();
  if (typeof answer === 'string' || answer.software) {
    const why = typeof answer === 'string' ? answer : `the browser has only ${answer.description}, which computes in software`;
    if (choice === 'auto') return software(why);
    throw fault(
      'NO_ADAPTER',
      `No graphics card was found: ${why}.`,
      'Check the graphics driver (on Linux: its Vulkan part), or choose --adapter software or auto.',
    );
  }
  const why = choice === 'auto' ? 'the browser found it' : 'as asked for';
  return { kind: 'hardware', flags: GPU_FLAGS, line: `Adapter: ${answer.description} (hardware): ${why}.${aboutHalf(answer, platform)}` };
}

function software(why: string): ChosenAdapter {
  return { kind: 'software', flags: CHROMIUM_FLAGS, line: `Adapter: SwiftShader (software, computed by the processor): ${why}.` };
}

/** What to know about 16 bits on an NVIDIA card under Linux, where a browser hides them unless it is told otherwise. */
function aboutHalf({ description, f16 }: AdapterFacts, platform: NodeJS.Platform): string {
  if (platform !== 'linux' || !/nvidia/i.test(description)) return '';
  return f16
    ? ` Its 16 bits (shader-f16) were opened with ${F16_FLAG}; a browser of your own needs the same flag.`
    : ` It shows no 16 bits (shader-f16), although ${F16_FLAG} was given: weights in 16 bits need a newer driver.`;
}

/** Starts Chromium with the flags for a graphics card and asks it for an adapter. Never rejects because of what the browser does. */
export async function askForHardware(limits: Limits = LIMITS): Promise<Answer> {
  let server: BrowserServer | null = null;
  try {
    // A server, because it can be killed: a browser whose GPU process hangs does not close.
    server = await startBrowser(GPU_FLAGS, (options) => chromium.launchServer({ ...options, timeout: limits.start }));
    return await withLimit(askBrowser(server.wsEndpoint()), limits.answer);
  } catch (thrown) {
    return `the browser did not start with the flags for one (${thrown instanceof BrowserNotStarted ? thrown.reason : firstLine(thrown)})`;
  } finally {
    await server?.kill();
  }
}

/** Asks a running browser for its adapter, as the page does. */
async function askBrowser(endpoint: string): Promise<Answer> {
  const browser = await chromium.connect(endpoint);
  const page = await browser.newPage();
  // WebGPU needs an address that counts as secure; nothing is asked of the network.
  await page.route('**/*', (route) => route.fulfill({ contentType: 'text/html', body: '<!doctype html>' }));
  await page.goto('http://localhost/');
  const seen = await page.evaluate(async () => {
    const gpu = (navigator as Partial<Pick<Navigator, 'gpu'>>).gpu;
    if (!gpu) return 'this browser has no WebGPU';
    // Some drivers give nothing to a wish for the fastest.
    const adapter = (await gpu.requestAdapter({ powerPreference: 'high-performance' })) ?? (await gpu.requestAdapter());
    if (!adapter) return 'the browser gave no adapter';
    const { vendor, architecture, device, description, isFallbackAdapter } = adapter.info;
    return {
      info: { vendor, architecture, device, description, isFallbackAdapter },
      features: [...adapter.features],
      limits: { maxBufferSize: adapter.limits.maxBufferSize },
    };
  });
  if (typeof seen === 'string') return seen;
  const adapter: AdapterLike = { ...seen, features: new Set<string>(seen.features) };
  return describeAdapter(adapter);
}

/** What the browser answers, or after `limit` milliseconds that it did not. */
async function withLimit(answer: Promise<Answer>, limit: number): Promise<Answer> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Answer>((resolve) => {
    timer = setTimeout(() => resolve(`the browser gave no answer within ${limit / 1000} s`), limit);
  });
  // A browser that is killed for being late breaks its own answer off.
  const asked = answer.catch((thrown: unknown) => `the browser broke off (${firstLine(thrown)})`);
  try {
    return await Promise.race([asked, late]);
  } finally {
    clearTimeout(timer);
  }
}

function firstLine(thrown: unknown): string {
  return (thrown instanceof Error ? thrown.message : String(thrown)).split('\n')[0];
}
