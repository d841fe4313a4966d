// Prints what `npm run bench:gpu` measured, each number beside its floor or its goal.
import { cacheBytes, floorMs, passWork, visionWork } from './floor';
import { gb, least, line, mb, median, ms, seconds, sum } from './figures';
import type { HeapPeak } from './heap-watch';
import type { ModelFacts, Phase } from './host';
import type { Peaks } from './micro-kernels';
import { printPacked } from './packed-report';
import type { Paces } from './paces';

export interface Measured {
  readonly model: ModelFacts;
  readonly phases: readonly Phase[];
  readonly peak: HeapPeak;
  /** Bytes of GPU buffers: after loading, once garbage was collected, and the most there ever were until then. */
  readonly held: { readonly now: number; readonly peak: number };
  readonly peaks: Peaks;
}

/** Most of the largest file that may lie in JavaScript's memory while a model is loaded. */
const HEAP_GOAL = 1.3;
/** Most bytes a step may read back. */
const READ_BACK_GOAL = 16 * 1024;
/** Rows of a prompt with its answer that memory is told for. */
const ROWS = 2048;

const say = (text: string): void => void process.stdout.write(`${text}\n`);
const verdict = (good: boolean): string => (good ? 'reached' : 'MISSED');

export function printLoad(model: ModelFacts, phases: readonly Phase[], peak: HeapPeak): void {
  const { files } = model;
  say(`\n${model.name}, ${model.dtype}, ${model.sizes.layers} layers, on ${model.device}`);
  if (model.software) say('SOFTWARE ADAPTER: the processor computes; no time below says anything about a GPU. Bytes and counts hold.');
  say(line('features', model.features.join(', ') || 'none'));
  say(line('ready in', seconds(sum(phases.map((phase) => phase.ms)))));
  for (const { name, ms: took, gpuBytes } of phases) say(line(`  ${name}`, `${seconds(took)}, then ${mb(gpuBytes)} in GPU buffers`));
  const ratio = peak.bytes / files.largestFile;
  const { objects, buffers, wasm } = peak.parts;
  say(line('files', `${mb(files.download)} in all, the largest ${mb(files.largestFile)}`));
  say(
    line('memory of the worker, most', `${mb(peak.bytes)} (objects ${mb(objects)}, array buffers ${mb(buffers)}, WebAssembly ${mb(wasm)})`),
  );
  say(line('', `while: ${peak.phase}; before: ${mb(peak.before)}; ${peak.looks} looks, at most ${ms(peak.longestGap)} apart`));
  say(line('  of the largest file', `${ratio.toFixed(2)}x; goal: at most ${HEAP_GOAL}x: ${verdict(ratio <= HEAP_GOAL)}`));
  if (peak.resident !== null) say(line("the tab's process grew by", `${mb(peak.resident)} at most, resident, shared memory included`));
}

/** `full`: decoder layers and vision blocks of a model that this one is a cut of; null: nothing is estimated. */
export function printMemory({ model, held, peaks }: Measured, full: readonly [layers: number, blocks: number] | null): void {
  const { decoder, vision, sizes } = model;
  const weights = decoder.layers.bytes / sizes.layers;
  const block = vision.layers.bytes / vision.layers.count;
  const cache = cacheBytes(sizes, ROWS) / sizes.layers;
  say(line('GPU buffers, loaded', `${mb(held.now)}; while loading at most ${mb(held.peak)}`));
  say(line('  a decoder layer', `${mb(weights)} of weights, ${mb(cache)} of cache for ${ROWS} rows`));
  say(line('  a vision block', mb(block)));
  say(line('  the head', mb(decoder.head.bytes)));
  if (full !== null) {
    const [layers, blocks] = full;
    const more = [layers - sizes.layers, blocks - vision.layers.count] as const;
    const sum = held.now + more[0] * weights + more[1] * block + layers * cache;
    const terms = `${mb(held.now)} + ${more[0]} x ${mb(weights)} + ${more[1]} x ${mb(block)} + ${layers} x ${mb(cache)}`;
    say(line(`  with ${layers} layers, ${blocks} blocks`, `${gb(sum)} = ${terms}`));
  }
  const of = model.software ? 'the processor' : 'this GPU';
  say(
    line(
      `${of} at best`,
      `${gb(peaks.bytesPerSecond)}/s copied, ${(peaks.flopPerSecond / 1e9).toFixed(2)} GFLOP/s in a ${peaks.type} product`,
    ),
  );
}

export function printPaces({ model, peaks }: Measured, pace: Paces): void {
  const { decoder, vision, sizes, software } = model;
  const { promptRows: rows, imageTokens, stepRows, work } = pace;
  const [latents, block] = stepRows;
  const pass = (past: number, count: number, logits: number) => passWork(decoder, sizes, past, count, logits);
  const time = (label: string, times: readonly number[], floor: number, more = ''): void =>
    say(
      line(
        label,
        `${ms(least(times))} least, ${ms(median(times))} median${more}${software ? ' (software)' : ''}; floor ${ms(floor)}, ${(least(times) / floor).toFixed(1)}x`,
      ),
    );
  const perSecond = (count: number, times: readonly number[]): string => `, ${((1000 * count) / least(times)).toFixed(1)} tokens/s`;
  const prefill = pass(0, rows, 1);
  const picture = visionWork(vision, imageTokens * 4, imageTokens);
  say(`\nPrompt of ${rows} rows, ${imageTokens} of them the picture; steps of ${latents} + ${block} rows`);
  time('reading the prompt', pace.read, floorMs(peaks, picture, prefill));
  time('  prefill alone', pace.prefill, floorMs(peaks, prefill), perSecond(rows, pace.prefill));
  const stepFloor = floorMs(peaks, pass(rows, latents, 1), pass(rows, block, latents));
  time('a step', pace.step, stepFloor);
  time('  without the cache', pace.released, floorMs(peaks, pass(0, rows + latents, 1), pass(0, rows + block, latents)));
  say(
    line(
      '  gain of the cache',
      `${(least(pace.released) / least(pace.step)).toFixed(1)}x least, ${(median(pace.released) / median(pace.step)).toFixed(1)}x median`,
    ),
  );
  time('decoding a token', pace.token, floorMs(peaks, pass(rows + block, 1, 1)), perSecond(1, pace.token));
  say(line('  tokens decoded', String(pace.tokensDecoded)));
  say(line('both ways differ by', `${pace.difference.toExponential(1)} of the largest value`));
  const mapped = sum(work.mapped);
  const good = mapped <= READ_BACK_GOAL;
  say(line('read back per step', `${mapped} bytes in ${work.mapped.length} mappings; goal: at most ${READ_BACK_GOAL}: ${verdict(good)}`));
  const { dispatches, submits, pipelines, buffers } = work;
  say(line('asked of the GPU per step', `${dispatches} dispatches, ${submits} submits, ${pipelines} pipelines, ${buffers.length} buffers`));
  say(line('GPU buffers over all steps', `${mb(pace.held[0])} before, ${mb(pace.held[1])} after`));
  const floor = (count: number, scored: number): number => floorMs(peaks, pass(rows, count, scored));
  printPacked(pace.packed, { wasm: false, half: model.dtype.endsWith('16'), packs: pace.packs, floor });
}
