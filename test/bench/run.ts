// `npm run bench`: what a step costs with and without the prompt's cache, and evaluations per second against candidates per pass, per device.
import { parseArgs } from 'node:util';
import { DTYPES } from '../../src/model/dtype';
import { ADAPTERS, ADAPTER_HELP, chooseAdapter } from '../../web/cli/adapter';
import { CHROMIUM_FLAGS } from '../../web/cli/chromium';
import { complain, EXIT, oneOf, parseFailure, runCommand, wholeNumber } from '../../web/cli/command';
import { openStage } from './browser';
import type { Comparison } from './compare';
import { least, line, median, ms, seconds, sum } from './figures';
import type { ModelFacts, Phase } from './host';
import { togetherOn } from './packed';
import { printPacked } from './packed-report';

const HELP = `Measure what a step costs, on the processor and on WebGPU, in a headless Chromium.

  npm run bench -- [options]

  --model NAME          a folder of this machine, owner/name[@revision] on the hub, or an address; default: the embedded one
  --device LIST         wasm,webgpu (default) or one of them
${ADAPTER_HELP}  --dtype NAME          fp32 (default), q4, q4f16 or fp16
  --rows N              rows of the prompt (1000)
  --side N              image tokens along each side of its picture (12)
  --candidates LIST     numbers of candidates that are evaluated together (1,4,16,64; on the software adapter 1,4,16)
  --no-fuse             products and rotation as the export has them, for comparison
  --rounds N            rounds of everything (5)
`;

const OPTIONS = {
  model: { type: 'string' },
  device: { type: 'string', default: 'wasm,webgpu' },
  adapter: { type: 'string', default: 'auto' },
  dtype: { type: 'string', default: 'fp32' },
  rows: { type: 'string', default: '1000' },
  side: { type: 'string', default: '12' },
  candidates: { type: 'string' },
  rounds: { type: 'string', default: '5' },
  'no-fuse': { type: 'boolean', default: false },
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
    candidates: values.candidates?.split(',').map((part) => wholeNumber('--candidates', part)) ?? null,
    dtype: oneOf('--dtype', DTYPES, values.dtype),
    fuse: values['no-fuse'] ? false : null,
    compare: {
      promptRows: wholeNumber('--rows', values.rows),
      imageSide: wholeNumber('--side', values.side),
      rounds: wholeNumber('--rounds', values.rounds),
    },
  };
}

/** The growth of a step from a prompt of 100 rows to a long one that is aimed at. */
const GROWTH_TARGET = 2;
/** Most bytes a step may map for reading. */
const MAPPED_LIMIT = 4096;
/** Most by which a step with the cache may differ from one without. */
const DIFFERENCE_LIMIT = 1e-4;

const say = (text: string): void => void process.stdout.write(`${text}\n`);

/** Prints a device's numbers. Returns whether what no clock decides is as it should be: counts, and the agreement of two ways. */
function report({ name, device, dtype, software }: ModelFacts, phases: readonly Phase[], wasm: boolean, result: Comparison): boolean {
  const { step, released, shortStep, gpu, stepRows, difference } = result;
  const per = (count: number): string => ((1000 * count) / least(step)).toFixed(1);
  const timesOf = (list: readonly number[]): string => `${ms(least(list))} least, ${ms(median(list))} median`;
  const ratio = (a: readonly number[], b: readonly number[]): string =>
    `${(least(a) / least(b)).toFixed(2)}x (least), ${(median(a) / median(b)).toFixed(2)}x (median)`;
  say(
    `\n${name}, ${dtype}, on ${device}: ready in ${seconds(sum(phases.map((phase) => phase.ms)))}; prompt of ${result.promptRows} rows, ${result.imageTokens} of them the picture`,
  );
  if (!wasm && software) say('  SOFTWARE ADAPTER: the processor computes; no time below says anything about a GPU. Counts hold.');
  say(line('step, prompt cached', `${timesOf(step)}: ${per(2)} passes/s, ${per(sum(stepRows))} rows/s`));
  say(line('step, prompt read again', `${timesOf(released)}; ${ratio(released, step)} the cached one`));
  say(line(`step here / at ${result.shortRows} rows`, `${ratio(step, shortStep)}; target: at most ${GROWTH_TARGET}x`));
  say(
    line(
      'cached and read again',
      `differ by ${difference.toExponential(1)} of the largest value; wanted: less than ${DIFFERENCE_LIMIT.toExponential(0)}`,
    ),
  );
  say(line('read back per step', `${result.bytesReadBack} bytes from the model's outputs`));
  if (gpu) {
    say(line('GPU work per step', JSON.stringify(gpu.step)));
    say(line('  prompt read again', JSON.stringify(gpu.released)));
  }
  const packed = printPacked(result.packed, { wasm, half: dtype.endsWith('16'), packs: result.packs, floor: null });
  const steady = gpu === null || (gpu.step.pipelines === 0 && sum(gpu.step.mapped) <= MAPPED_LIMIT);
  return difference < DIFFERENCE_LIMIT && steady && packed;
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
      const phases = await page.evaluate((job) => window.noemaBench?.load(job), { request, attention: null, fuse: options.fuse });
      const facts = await page.evaluate((job) => window.noemaBench?.describe(job), request);
      if (!phases || !facts) throw new Error('The page has no benchmark.');
      const together = options.candidates ?? togetherOn(device === 'webgpu' && facts.software);
      const result = await page.evaluate((job) => window.noemaBench?.compare(job), { ...options.compare, together });
      if (!result) throw new Error('The page has no benchmark.');
      good = report(facts, phases, device === 'wasm', result) && good;
      await page.close();
    }
  } finally {
    await stage.close();
  }
  if (!good) complain('A count or an agreement is not what it should be.');
  return good ? EXIT.done : EXIT.failed;
}

await runCommand(() => main(process.argv.slice(2)));
