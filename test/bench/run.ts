// `npm run bench`: what an optimisation step costs with the prompt's cache, against the released strategy, in one browser on one device.
import { parseArgs } from 'node:util';
import type { Dtype } from '../../src/model/dtype';
import { openStage } from './browser';
import type { Comparison } from './compare';
import { least, median, ms, seconds, sum } from './figures';
import type { ModelFacts, Phase } from './host';

const { values } = parseArgs({
  options: {
    model: { type: 'string' },
    device: { type: 'string', default: 'wasm,webgpu' },
    dtype: { type: 'string', default: 'fp32' },
    rows: { type: 'string', default: '1000' },
    side: { type: 'string', default: '12' },
    rounds: { type: 'string', default: '5' },
    attention: { type: 'string' },
    'no-fuse': { type: 'boolean', default: false },
  },
});

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

const stage = await openStage(values.model ?? null, 'software');
let good = true;
try {
  for (const device of values.device.split(',') as ('wasm' | 'webgpu')[]) {
    const page = await stage.open(device);
    const request = { source: stage.source, dtype: values.dtype as Dtype, device };
    const phases = await page.evaluate((job) => window.noemaBench?.load(job), {
      request,
      attention: (values.attention ?? null) as 'fused' | 'plain' | null,
      fuse: values['no-fuse'] ? false : null,
    });
    const facts = await page.evaluate((job) => window.noemaBench?.describe(job), request);
    const options = { promptRows: Number(values.rows), imageSide: Number(values.side), rounds: Number(values.rounds) };
    const result = await page.evaluate((job) => window.noemaBench?.compare(job), options);
    if (!phases || !facts || !result) throw new Error('The page has no benchmark.');
    good = report(facts, phases, result) && good;
    await page.close();
  }
} finally {
  await stage.close();
}
process.exitCode = good ? 0 : 1;
