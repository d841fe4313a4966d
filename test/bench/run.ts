// `npm run bench`: what an optimisation step costs with the prompt's cache, against the released strategy, in one browser on one device.
import { parseArgs } from 'node:util';
import { DTYPES } from '../../src/model/latent-model';
import { ADAPTERS, ADAPTER_HELP, chooseAdapter } from '../../web/cli/adapter';
import { CHROMIUM_FLAGS } from '../../web/cli/chromium';
import { complain, EXIT, oneOf, parseFailure, runCommand, wholeNumber } from '../../web/cli/command';
import { openStage } from './browser';
import type { Comparison } from './compare';
import { least, median, ms, seconds, sum } from './figures';
import type { ModelFacts, Phase } from './host';

const HELP = `Measure what a step costs, on the processor and on WebGPU, in a headless Chromium.

  npm run bench -- [options]

  --model NAME          a folder of this machine, owner/name[@revision] on the hub, or an address; default: the embedded one
  --device LIST         wasm,webgpu (default) or one of them
${ADAPTER_HELP}  --dtype NAME          fp32 (default), q4, q4f16 or fp16
  --rows N              rows of the prompt (1000)
  --side N              image tokens along each side of its picture (12)
  --rounds N            rounds of everything (5)
`;

const OPTIONS = {
  model: { type: 'string' },
  device: { type: 'string', default: 'wasm,webgpu' },
  adapter: { type: 'string', default: 'auto' },
  dtype: { type: 'string', default: 'fp32' },
  rows: { type: 'string', default: '1000' },
  side: { type: 'string', default: '12' },
  rounds: { type: 'string', default: '5' },
  help: { type: 'boolean', short: 'h' },
} as const;

/** What the command line asks for. Throws UsageError when it cannot be followed. */
function readOptions(args: string[]) {
  const values = (() => {
    try {
      return parseArgs({ args, options: OPTIONS }).values;
    } catch (thrown) {
      throw parseFailure(thrown, 'bench');
    }
  })();
  return {
    help: values.help === true,
    model: values.model ?? null,
    devices: values.device.split(',').map((part) => oneOf('--device', ['wasm', 'webgpu'] as const, part)),
    adapter: oneOf('--adapter', ADAPTERS, values.adapter),
    dtype: oneOf('--dtype', DTYPES, values.dtype),
    compare: {
      promptRows: wholeNumber('--rows', values.rows),
      imageSide: wholeNumber('--side', values.side),
      rounds: wholeNumber('--rounds', values.rounds),
    },
  };
}

function report({ name, device }: ModelFacts, phases: readonly Phase[], result: Comparison): boolean {
  const { step, released, shortStep, gpu } = result;
  const ratio = { least: least(released) / least(step), median: median(released) / median(step) };
  const growth = { least: least(step) / least(shortStep), median: median(step) / median(shortStep) };
  console.log(
    `\n${name} on ${device}: ready in ${seconds(sum(phases.map((phase) => phase.ms)))}; prompt of ${result.promptRows} rows, ${result.imageTokens} of them the picture`,
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
    (gpu === null || (gpu.step.pipelines === 0 && sum(gpu.step.mapped) <= 4096))
  );
}

async function main(args: string[]): Promise<number> {
  const options = readOptions(args);
  if (options.help) {
    process.stdout.write(HELP);
    return EXIT.done;
  }
  const adapter = options.devices.includes('webgpu') ? await chooseAdapter(options.adapter) : null;
  if (adapter !== null) complain(adapter.line);
  const stage = await openStage(options.model, adapter?.flags ?? CHROMIUM_FLAGS);
  let good = true;
  try {
    for (const device of options.devices) {
      const page = await stage.open(device);
      const request = { source: stage.source, dtype: options.dtype, device };
      const phases = await page.evaluate((job) => window.noemaBench?.load(job), { request, attention: null });
      const facts = await page.evaluate((job) => window.noemaBench?.describe(job), request);
      const result = await page.evaluate((job) => window.noemaBench?.compare(job), options.compare);
      if (!phases || !facts || !result) throw new Error('The page has no benchmark.');
      good = report(facts, phases, result) && good;
      await page.close();
    }
  } finally {
    await stage.close();
  }
  return good ? EXIT.done : EXIT.failed;
}

await runCommand(() => main(process.argv.slice(2)));
