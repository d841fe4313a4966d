// `npm run bench:gpu`: what a model costs on a GPU, each number beside the least it could cost there.
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { LoadRequest } from '../../src/engine/model-host';
import { openStage, type Adapter } from './browser';
import { HeapWatch } from './heap-watch';
import type { Paces } from './paces';
import { printLoad, printMemory, printPaces, type Measured } from './gpu-report';
import type { MergedGrid } from './workload';

const HELP = `Measure a model on a GPU, in a headless Chromium.

  npm run bench:gpu -- --model NAME [options]

  --model NAME          a folder of this machine, owner/name[@revision] on the hub, or an address; default: the embedded one
  --dtype NAME          auto (default), q4, q4f16, fp16 or fp32
  --adapter NAME        hardware (default) or software
  --attention NAME      fused or plain; default: what the page takes on this adapter
  --no-fuse             products and rotation as the export has them, for comparison
  --prompt-merged LIST  merged tokens of the pictures, 256,512 by default
  --text N              rows of text beside the picture (100)
  --latents N           think tokens of a step (4)
  --patches N           image patches after each (4)
  --steps N             steps in a timed row of steps (100)
  --rounds N            rounds of everything (3)
  --tokens N            tokens decoded in a round (64)
  --full LAYERS,BLOCKS  decoder layers and vision blocks of the whole model, where NAME is a cut of it: estimates its memory
  --json FILE           write all numbers to FILE
`;

const { values } = parseArgs({
  options: {
    model: { type: 'string' },
    dtype: { type: 'string', default: 'auto' },
    adapter: { type: 'string', default: 'hardware' },
    attention: { type: 'string' },
    'no-fuse': { type: 'boolean', default: false },
    'prompt-merged': { type: 'string', default: '256,512' },
    text: { type: 'string', default: '100' },
    latents: { type: 'string', default: '4' },
    patches: { type: 'string', default: '4' },
    steps: { type: 'string', default: '100' },
    rounds: { type: 'string', default: '3' },
    tokens: { type: 'string', default: '64' },
    full: { type: 'string' },
    json: { type: 'string' },
    help: { type: 'boolean', short: 'h' },
  },
});

/** The most square grid of so many merged tokens. */
function gridOf(merged: number): MergedGrid {
  let h = Math.floor(Math.sqrt(merged));
  while (merged % h !== 0) h -= 1;
  return { h, w: merged / h };
}

async function main(): Promise<void> {
  const [layers, blocks] = (values.full ?? '').split(',').map(Number);
  const full = values.full === undefined ? null : ([layers, blocks] as const);
  const stage = await openStage(values.model ?? null, values.adapter as Adapter);
  try {
    let watch: HeapWatch | null = null;
    const page = await stage.open('bench', async (opened) => void (watch = await HeapWatch.attach(opened)));
    const heap = watch as HeapWatch | null;
    if (!heap) throw new Error('The page opened without its watch.');
    const token = process.env['HF_TOKEN'];
    const request = { source: stage.source, dtype: values.dtype as LoadRequest['dtype'], device: 'webgpu' as const };
    const job = {
      request: token === undefined || token === '' ? request : { ...request, token },
      attention: (values.attention ?? null) as 'fused' | 'plain' | null,
      fuse: values['no-fuse'] ? false : null,
    };
    const { result: phases, peak } = await heap.during(() => page.evaluate((given) => window.noemaBench?.load(given), job));
    await heap.collect();
    const held = await page.evaluate(() => window.noemaBench?.held());
    const model = await page.evaluate((given) => window.noemaBench?.describe(given), job.request);
    if (!phases || !model) throw new Error('The page has no benchmark.');
    printLoad(model, phases, peak);
    if (model.software && values.adapter === 'hardware') process.stdout.write('No GPU was found with the flags for one.\n');
    const peaks = await page.evaluate(() => window.noemaBench?.peaks());
    if (!peaks || !held) throw new Error('The GPU could not be measured.');
    const measured: Measured = { model, phases, peak, held, peaks };
    printMemory(measured, full);
    const paces: Paces[] = [];
    for (const merged of values['prompt-merged'].split(',').map(Number)) {
      const options = {
        merged: gridOf(merged),
        textRows: Number(values.text),
        latents: Number(values.latents),
        patches: Number(values.patches),
        steps: Number(values.steps),
        rounds: Number(values.rounds),
        tokens: Number(values.tokens),
      };
      const pace = await page.evaluate((given) => window.noemaBench?.paces(given), options);
      if (!pace) throw new Error('Nothing was measured.');
      paces.push(pace);
      printPaces(measured, pace);
    }
    const machine = { browser: stage.browser.browser()?.version() ?? '', adapter: values.adapter, command: process.argv.slice(2) };
    if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify({ machine, ...measured, paces }, null, 1)}\n`);
  } finally {
    await stage.close();
  }
}

if (values.help === true) process.stdout.write(HELP);
else await main();
