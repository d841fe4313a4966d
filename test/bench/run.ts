// `npm run bench`: what an optimisation step costs with the prompt's cache, against the released strategy, in one browser on one device.
import { parseArgs } from 'node:util';
import { chromium } from 'playwright';
import { createServer } from 'vite';
import { CHROMIUM_FLAGS, ensureChromium } from '../../web/cli/chromium';
import type { BenchOptions, BenchResult } from './page';

const { values } = parseArgs({
  options: {
    device: { type: 'string', default: 'wasm,webgpu' },
    dtype: { type: 'string', default: 'fp32' },
    rows: { type: 'string', default: '1000' },
    side: { type: 'string', default: '12' },
    rounds: { type: 'string', default: '5' },
  },
});

const median = (list: readonly number[]): number => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];
const least = (list: readonly number[]): number => Math.min(...list);
const ms = (value: number): string => `${value.toFixed(1)} ms`;

function report(result: BenchResult): boolean {
  const { step, released, shortStep, gpu } = result;
  const ratio = { least: least(released) / least(step), median: median(released) / median(step) };
  const growth = { least: least(step) / least(shortStep), median: median(step) / median(shortStep) };
  console.log(
    `\n${result.device}: ready in ${(result.loadMs / 1000).toFixed(1)} s; prompt of ${result.promptRows} rows, ${result.imageTokens} of them the picture`,
  );
  console.log(`  step with prefix reuse   least ${ms(least(step))}, median ${ms(median(step))}`);
  console.log(`  released strategy        least ${ms(least(released))}, median ${ms(median(released))}`);
  console.log(`  released / step          ${ratio.least.toFixed(1)}x (least), ${ratio.median.toFixed(1)}x (median); wanted: at least 30x`);
  console.log(
    `  step here / at ${result.shortRows} rows   ${growth.least.toFixed(2)}x (least), ${growth.median.toFixed(2)}x (median); wanted: at most 2x`,
  );
  console.log(`  numbers of both ways     differ by ${result.difference.toExponential(1)} of the largest value`);
  console.log(`  read back per step       ${result.bytesReadBack} bytes from the model's outputs`);
  if (gpu) {
    console.log(`  GPU work per step        ${JSON.stringify(gpu.step)}`);
    console.log(`  GPU work, released       ${JSON.stringify(gpu.released)}`);
  }
  return (
    ratio.least >= 30 &&
    growth.least <= 2 &&
    result.difference < 1e-4 &&
    (gpu === null || (gpu.step.pipelines === 0 && gpu.step.mapped.reduce((sum, bytes) => sum + bytes, 0) <= 4096))
  );
}

// Its own cache: a test run at the same time would throw away the other's pre-bundled libraries.
const server = await createServer({ server: { port: 0, hmr: false }, cacheDir: 'node_modules/.vite-bench', logLevel: 'error' });
await server.listen();
const address = server.resolvedUrls?.local[0] as string;
const browser = await chromium.launch({ executablePath: ensureChromium(), args: [...CHROMIUM_FLAGS] });
let good = true;
try {
  for (const device of values.device.split(',')) {
    const page = await browser.newPage();
    page.on('pageerror', (error) => console.error(String(error)));
    page.on('console', (message) => message.type() === 'info' && process.stderr.write(`${device}: ${message.text()}\n`));
    await page.goto(new URL('test/bench/index.html', address).href, { timeout: 120_000 });
    await page.waitForFunction(() => 'noemaBench' in globalThis, undefined, { timeout: 120_000 });
    const options: BenchOptions = {
      device: device as BenchOptions['device'],
      dtype: values.dtype as BenchOptions['dtype'],
      modelUrl: new URL('models/noema-tiny/', address).href,
      promptRows: Number(values.rows),
      imageSide: Number(values.side),
      rounds: Number(values.rounds),
    };
    const result = await page.evaluate(
      (given) => (globalThis as unknown as { noemaBench(o: BenchOptions): Promise<BenchResult> }).noemaBench(given),
      options,
    );
    good = report(result) && good;
    await page.close();
  }
} finally {
  await browser.close();
  await server.close();
}
process.exitCode = good ? 0 : 1;
