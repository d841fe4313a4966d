// `npm run bench:gpu`: what a model costs on a GPU, each number beside the least it could cost there.
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { DTYPES } from '../../src/model/dtype';
import { ADAPTERS, ADAPTER_HELP, chooseAdapter } from '../../web/cli/adapter';
import { DEVELOPER_FLAG } from '../../web/cli/chromium';
import { complain, EXIT, oneOf, parseFailure, runCommand, UsageError, wholeNumber } from '../../web/cli/command';
import { openStage } from './browser';
import { HeapWatch } from './heap-watch';
import { togetherOn } from './packed';
import type { Paces } from './paces';
import { printLoad, printMemory, printPaces, type Measured } from './gpu-report';
import type { Profile } from './profile';
import { printProfile } from './profile-report';
import type { MergedGrid } from './workload';

const HELP = `Measure a model on a GPU, in a headless Chromium.

  npm run bench:gpu -- --model NAME [options]

  --model NAME          a folder of this machine, owner/name[@revision] on the hub, or an address; default: the embedded one
  --dtype NAME          auto (default), q4, q4f16, fp16 or fp32
${ADAPTER_HELP}  --attention NAME      fused or plain; default: what the page takes on this adapter
  --no-fuse             products and rotation as the export has them, for comparison
  --prompt-merged LIST  merged tokens of the pictures, 256,512 by default
  --text N              rows of text beside the picture (100)
  --latents N           think tokens of a step (4)
  --patches N           image patches after each (4)
  --steps N             steps in a timed row of steps (100)
  --candidates LIST     numbers of candidates that are evaluated together (1,4,16,64; on the software adapter 1,4,16)
  --rounds N            rounds of everything (3)
  --tokens N            tokens decoded in a round (64)
  --full LAYERS,BLOCKS  decoder layers and vision blocks of the whole model, where NAME is a cut of it: estimates its memory
  --profile             GPU time per kernel as well, by timestamps around every dispatch
  --json FILE           write all numbers to FILE
`;

const OPTIONS = {
  model: { type: 'string' },
  dtype: { type: 'string', default: 'auto' },
  adapter: { type: 'string', default: 'auto' },
  attention: { type: 'string' },
  'no-fuse': { type: 'boolean', default: false },
  'prompt-merged': { type: 'string', default: '256,512' },
  text: { type: 'string', default: '100' },
  latents: { type: 'string', default: '4' },
  patches: { type: 'string', default: '4' },
  steps: { type: 'string', default: '100' },
  candidates: { type: 'string' },
  rounds: { type: 'string', default: '3' },
  tokens: { type: 'string', default: '64' },
  full: { type: 'string' },
  profile: { type: 'boolean', default: false },
  json: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;

/** What the command line asks for. Throws UsageError when it cannot be followed. */
function readOptions(args: string[]) {
  const values = (() => {
    try {
      return parseArgs({ args, options: OPTIONS }).values;
    } catch (thrown) {
      throw parseFailure(thrown, 'bench:gpu');
    }
  })();
  const count = (name: 'text' | 'latents' | 'patches' | 'steps' | 'rounds' | 'tokens', least?: number): number =>
    wholeNumber(`--${name}`, values[name], least);
  const full = values.full?.split(',').map((part) => wholeNumber('--full', part));
  if (full !== undefined && full.length !== 2) throw new UsageError(`--full cannot be "${values.full}": give LAYERS,BLOCKS.`);
  return {
    help: values.help === true,
    model: values.model ?? null,
    candidates: values.candidates?.split(',').map((part) => wholeNumber('--candidates', part)) ?? null,
    dtype: oneOf('--dtype', ['auto', ...DTYPES] as const, values.dtype),
    adapter: oneOf('--adapter', ADAPTERS, values.adapter),
    attention: values.attention === undefined ? null : oneOf('--attention', ['fused', 'plain'] as const, values.attention),
    fuse: values['no-fuse'] ? false : null,
    pictures: values['prompt-merged'].split(',').map((part) => gridOf(wholeNumber('--prompt-merged', part))),
    pace: {
      textRows: count('text'),
      latents: count('latents'),
      patches: count('patches', 0),
      steps: count('steps'),
      rounds: count('rounds'),
      tokens: count('tokens'),
    },
    full: full === undefined ? null : ([full[0], full[1]] as const),
    profile: values.profile,
    json: values.json ?? null,
  };
}

/** The most square grid of so many merged tokens. */
function gridOf(merged: number): MergedGrid {
  let h = Math.floor(Math.sqrt(merged));
  while (merged % h !== 0) h -= 1;
  return { h, w: merged / h };
}

async function main(args: string[]): Promise<number> {
  const options = readOptions(args);
  if (options.help) {
    process.stdout.write(HELP);
    return EXIT.done;
  }
  const adapter = await chooseAdapter(options.adapter);
  complain(adapter.line);
  const stage = await openStage(options.model, [...adapter.flags, ...(options.profile ? [DEVELOPER_FLAG] : [])]);
  try {
    let watch: HeapWatch | null = null;
    const page = await stage.open('bench', async (opened) => void (watch = await HeapWatch.attach(opened)));
    const heap = watch as HeapWatch | null;
    if (!heap) throw new Error('The page opened without its watch.');
    const token = process.env['HF_TOKEN'];
    const request = { source: stage.source, dtype: options.dtype, device: 'webgpu' as const };
    const job = {
      request: token === undefined || token === '' ? request : { ...request, token },
      attention: options.attention,
      fuse: options.fuse,
      profile: options.profile,
    };
    const { result: phases, peak } = await heap.during(() => page.evaluate((given) => window.noemaBench?.load(given), job));
    await heap.collect();
    const held = await page.evaluate(() => window.noemaBench?.held());
    const model = await page.evaluate((given) => window.noemaBench?.describe(given), job.request);
    if (!phases || !model) throw new Error('The page has no benchmark.');
    printLoad(model, phases, peak);
    const peaks = await page.evaluate(() => window.noemaBench?.peaks());
    if (!peaks || !held) throw new Error('The GPU could not be measured.');
    const measured: Measured = { model, phases, peak, held, peaks };
    printMemory(measured, options.full);
    const paces: Paces[] = [];
    const profiles: (readonly Profile[] | null)[] = [];
    for (const merged of options.pictures) {
      const together = options.candidates ?? togetherOn(model.software);
      const pace = await page.evaluate((given) => window.noemaBench?.paces(given), { ...options.pace, merged, together });
      if (!pace) throw new Error('Nothing was measured.');
      paces.push(pace);
      printPaces(measured, pace);
      if (!options.profile) continue;
      const profile = (await page.evaluate((given) => window.noemaBench?.profile(given), { ...options.pace, merged })) ?? null;
      profiles.push(profile);
      printProfile(profile, model.software);
    }
    const machine = { browser: stage.browser.browser()?.version() ?? '', adapter: adapter.line, command: args };
    if (options.json !== null) writeFileSync(options.json, `${JSON.stringify({ machine, ...measured, paces, profiles }, null, 1)}\n`);
    return EXIT.done;
  } finally {
    await stage.close();
  }
}

await runCommand(() => main(process.argv.slice(2)));
