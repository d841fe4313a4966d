// `npm run check:smollm2`: real weights in the browser's decoder against PyTorch: greedy tokens, finite numbers, mean divergence by dtype.
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { DTYPES, type Dtype } from '../../src/model/dtype';
import { ADAPTERS, ADAPTER_HELP, chooseAdapter } from '../../web/cli/adapter';
import { oneOf } from '../../web/cli/command';
import { openStage } from './browser';
import { summarise, type Reference } from './distributions';
import type { FollowJob } from './follow';

const DEFAULT_RUNS = 'fp32:wasm:steps,q4:wasm,q4f16:wasm,fp32:webgpu,q4:webgpu';

const HELP = `Hold a folder written by "python -m recipes.smollm2" to PyTorch, in a headless Chromium.

  npm run check:smollm2 -- --model FOLDER [options]

  --runs LIST      of TYPE:DEVICE, or TYPE:DEVICE:steps to decode token by token on the cache instead of one pass per prompt
                   (default: ${DEFAULT_RUNS})
  --prompts N      the first N prompts only
${ADAPTER_HELP}`;
/** Largest mean divergence in nats: float32 is PyTorch's up to rounding; 4 bits were measured (models/recipes/README.md) and have room to vary. */
const MOST_DIVERGENCE: Readonly<Record<Dtype, number>> = { fp32: 1e-8, fp16: 1e-3, q4: 0.5, q4f16: 0.5 };

const { values } = parseArgs({
  options: {
    model: { type: 'string' },
    runs: { type: 'string', default: DEFAULT_RUNS },
    prompts: { type: 'string', default: '1000' },
    adapter: { type: 'string', default: 'auto' },
    help: { type: 'boolean', short: 'h' },
  },
});

type Run = Pick<FollowJob, 'dtype' | 'device' | 'stepwise'>;

/** Throws an Error that names what is no run. */
function parseRun(text: string): Run {
  const [type, device, how] = text.split(':');
  const dtype = DTYPES.find((known) => known === type);
  if (!dtype || (device !== 'wasm' && device !== 'webgpu') || (how !== undefined && how !== 'steps')) {
    throw new Error(`"${text}" is no run: expected TYPE:DEVICE or TYPE:DEVICE:steps, such as q4:wasm.`);
  }
  return { dtype, device, stepwise: how === 'steps' };
}

/** Prints what each run found; false when one of them is not as it should be. */
async function check(model: string, runs: readonly Run[]): Promise<boolean> {
  const file = join(model, 'reference/reference.json');
  if (!existsSync(file))
    throw new Error(`${file} is missing: write the folder with "python -m recipes.smollm2" (models/recipes/README.md).`);
  const reference = JSON.parse(readFileSync(file, 'utf8')) as Reference;
  const adapter = await chooseAdapter(
    runs.some(({ device }) => device === 'webgpu') ? oneOf('--adapter', ADAPTERS, values.adapter) : 'software',
  );
  const stage = await openStage(resolve(model), adapter.flags);
  let good = true;
  try {
    if (stage.source.kind !== 'url') throw new Error(`${model} is not a folder.`);
    const { url } = stage.source;
    for (const run of runs) {
      // A page for each: what the runtime holds of one type ends with it.
      const page = await stage.open(`${run.dtype} ${run.device}`);
      const job: FollowJob = { ...run, url, prompts: Number(values.prompts) };
      const found = await page.evaluate((given) => window.noemaBench?.follow(given), job);
      await page.close();
      if (!found) throw new Error('The page has no benchmark.');
      const all = summarise(reference, found);
      const tokens = run.dtype !== 'fp32' || all.alike === all.prompts;
      // Comparisons with NaN are false: numbers that are not finite fail here.
      const near = all.meanDivergence <= MOST_DIVERGENCE[run.dtype];
      good &&= tokens && near;
      process.stdout.write(
        `${run.dtype} ${run.device}${run.stepwise ? ' token by token' : ''}: all tokens PyTorch's in ${all.alike} of ${all.prompts} prompts, ` +
          `${all.same} of ${all.positions} first choices; KL ${all.meanDivergence.toExponential(2)} nats on average, ` +
          `${all.largestDivergence.toExponential(2)} at most; logits off by ${all.largestError.toExponential(1)} at most` +
          `${tokens ? '' : "; NOT PyTorch's tokens"}${near ? '' : `; NOT within ${MOST_DIVERGENCE[run.dtype]} nats`}\n`,
      );
    }
  } finally {
    await stage.close();
  }
  return good;
}

if (values.help === true) process.stdout.write(HELP);
else if (values.model === undefined) {
  process.stderr.write(HELP);
  process.exitCode = 2;
} else if (!(await check(values.model, values.runs.split(',').map(parseRun)))) process.exitCode = 1;
