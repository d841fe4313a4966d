// The work that is measured: one optimisation step after a prompt of a given length, with the prompt's cache and in the released way without it.
import type { Context, ModelImage, Prompt, Reading, Row } from '../../src/model/latent-model';
import { frame } from '../../models/families/qwen-vl/chat-template';
import type { PictureConfig } from '../../models/families/qwen-vl/picture-config';
import { QwenImage } from '../../models/families/qwen-vl/prepare-image';
import { ropePositions, type Stretch } from '../../models/families/qwen-vl/rope';
import type { OnnxModel } from '../../models/model/onnx-model';
import { resolveRows } from '../../models/model/rows';

const go = { aborted: false };
const TOP = 10;

/** A picture's size in merged tokens. */
export interface MergedGrid {
  readonly h: number;
  readonly w: number;
}

/** The think block of a step: latents, and image patches after each. */
export interface ThinkBlock {
  readonly latents: number;
  readonly patches: number;
}

/** How Qwen-VL models cut pictures; the numbers themselves do not matter here. */
const PICTURES: PictureConfig = {
  patchSize: 14,
  mergeSize: 2,
  temporalPatchSize: 2,
  minPixels: 1,
  maxPixels: 1e9,
  mean: [0.5, 0.5, 0.5],
  std: [0.25, 0.25, 0.25],
};

const DEFAULT_BLOCK: ThinkBlock = { latents: 4, patches: 2 };

/** What both ways must agree on. */
export interface StepNumbers {
  readonly attention: Float32Array;
  readonly topLogits: Float32Array;
  readonly logSumExp: Float32Array;
}

export interface Workload {
  readonly promptRows: number;
  readonly imageTokens: number;
  readonly context: Context;
  /** The think block with its patches, as the reward is computed from it. */
  readonly patched: readonly Row[];
  /** One read-out pass over the latents and one reward pass over latents and patches, after the cached prompt. */
  step(): Promise<StepNumbers>;
  /** Reads the whole prompt as a run does, vision encoder included, and gives it back. */
  read(): Promise<void>;
  /** Reads the whole prompt into a cache, pictures and words embedded already, and gives it back. */
  prefill(): Promise<void>;
  /** The same two passes over the whole prompt, as the released code makes them (its second run of the vision encoder left out). */
  released(): Promise<StepNumbers>;
  release(): void;
}

/** A picture of so many merged tokens (a number: that many each way) and as much text as makes `rows` rows. */
export async function makeWorkload(
  model: OnnxModel,
  rows: number,
  picture: number | MergedGrid,
  block: ThinkBlock = DEFAULT_BLOCK,
): Promise<Workload> {
  const merged = typeof picture === 'number' ? { h: picture, w: picture } : picture;
  const image = pictureOf(merged);
  const asking = (text: string): Prompt => ({ system: '', user: [{ kind: 'image' }, { kind: 'text', text, role: 'question' }] });
  const framing = frame(asking('')).reduce((sum, part) => sum + (part.kind === 'special' ? model.encode(part.text, true).length : 0), 0);
  const prompt = asking(wordsOf(model, rows - merged.h * merged.w - framing));
  const context = await model.prefill(prompt, image, go);
  const whole = await promptRows(model, prompt, context, image);
  const { latents: count, patches } = block;
  const latents = Float32Array.from({ length: count * model.info.hiddenSize }, (_, i) => 0.05 * Math.sin(i * 1.3));
  const bare = thinkRows(model, context, latents, 0);
  const patched = thinkRows(model, context, latents, patches);
  const latentRows = Array.from({ length: count }, (_, i) => i);
  const scoredRows = latentRows.map((i) => i * (1 + patches) + patches);

  const full = async (
    rows: readonly Row[],
    logitRows: readonly number[],
    attentionRows: readonly number[],
  ): Promise<Pick<Reading, 'attention' | 'topLogits' | 'logSumExp'>> => {
    const { decoder, info } = model;
    const { start, length } = context.image as NonNullable<Context['image']>;
    const facts = { image: context.image, imagePositions: new Int32Array(), nextPosition: whole.nextPosition };
    const after = await resolveRows(rows, facts, { hiddenSize: info.hiddenSize, positionAxes: 3, embed: (ids) => model.embed(ids) });
    const total = context.length + after.length;
    const embeddings = new Float32Array(total * info.hiddenSize);
    embeddings.set(whole.embeddings);
    embeddings.set(after.embeddings, whole.embeddings.length);
    const positions = new Int32Array(3 * total);
    for (let axis = 0; axis < 3; axis += 1) {
      positions.set(whole.positions.subarray(axis * context.length, (axis + 1) * context.length), axis * total);
      positions.set(after.positions.subarray(axis * after.length, (axis + 1) * after.length), axis * total + context.length);
    }
    const shifted = (list: readonly number[]): number[] => list.map((row) => row + context.length);
    const result = await decoder.run({
      rows: total,
      embeddings,
      positions,
      past: null,
      logitRows: shifted(logitRows),
      topK: TOP,
      ...(attentionRows.length > 0 ? { attention: { rows: shifted(attentionRows), start, end: start + length } } : {}),
    });
    return { ...result.facts, attention: result.attention };
  };

  return {
    promptRows: context.length,
    imageTokens: merged.h * merged.w,
    context,
    patched,
    read: async () => {
      // A new picture with every call: one that was encoded before would not be encoded again.
      (await model.prefill(prompt, pictureOf(merged), go)).release();
      // Nothing of it is read back: it ends when the GPU has ended.
      await model.decoder.runtime.device?.queue.onSubmittedWorkDone();
    },
    prefill: async () => {
      const { decoder } = model;
      const rows = { rows: context.length, ...whole, past: null, logitRows: [context.length - 1], topK: 1 };
      const { cache } = await decoder.run({ ...rows, keepCache: true });
      if (cache) decoder.free(cache);
    },
    step: async () => {
      const [read] = await model.forward(context, [{ rows: bare, logitRows: [count - 1], attentionRows: latentRows }], { topK: TOP }, go);
      const [scored] = await model.forward(context, [{ rows: patched, logitRows: scoredRows }], { topK: TOP }, go);
      return { attention: read.attention, topLogits: scored.topLogits, logSumExp: scored.logSumExp };
    },
    released: async () => {
      const read = await full(bare, [count - 1], latentRows);
      const scored = await full(patched, scoredRows, []);
      return { attention: read.attention, topLogits: scored.topLogits, logSumExp: scored.logSumExp };
    },
    release: () => context.release(),
  };
}

/** A picture of exactly so many merged tokens, whatever bounds the model's files set. */
function pictureOf(merged: MergedGrid): QwenImage {
  const [width, height] = [merged.w * 28, merged.h * 28];
  const data = Uint8ClampedArray.from({ length: 3 * width * height }, (_, i) => 128 + 100 * Math.sin(i * 0.013));
  return new QwenImage({ width, height, data }, width, height, PICTURES);
}

/** As many words as give at most so many tokens. */
function wordsOf(model: OnnxModel, tokens: number): string {
  const words = 'What colour is the shape to the left of the large blue star ? '.repeat(Math.max(1, tokens)).trim().split(' ');
  const text = (count: number): string => words.slice(0, count).join(' ');
  let [fits, toomany] = [0, tokens + 1];
  while (toomany - fits > 1) {
    const middle = Math.floor((fits + toomany) / 2);
    if (model.encode(text(middle)).length <= tokens) fits = middle;
    else toomany = middle;
  }
  return text(fits);
}

/** Embeddings and positions of every row of the prompt, the picture's features in their places. */
async function promptRows(
  model: OnnxModel,
  prompt: Prompt,
  context: Context,
  image: ModelImage,
): Promise<{ embeddings: Float32Array; positions: Int32Array; nextPosition: number }> {
  const { hiddenSize } = model.info;
  const embeddings = new Float32Array(context.length * hiddenSize);
  const stretches: Stretch[] = [];
  let row = 0;
  for (const part of frame(prompt)) {
    const rows =
      part.kind === 'image'
        ? (context.image?.features ?? new Float32Array())
        : await model.embed(model.encode(part.text, part.kind === 'special'));
    embeddings.set(rows, row * hiddenSize);
    row += rows.length / hiddenSize;
    stretches.push(part.kind === 'image' ? { grid: QwenImage.own(image).grid, merge: 2 } : { rows: rows.length / hiddenSize });
  }
  const { positions, next } = ropePositions(stretches);
  return { embeddings, positions, nextPosition: next };
}

/** Latents, each followed by `patches` image tokens; a small picture's come round again. */
function thinkRows({ info }: OnnxModel, { image }: Context, latents: Float32Array, patches: number): readonly Row[] {
  const { hiddenSize } = info;
  const imageTokens = image?.length ?? 0;
  return Array.from({ length: latents.length / hiddenSize }, (_, latent): Row[] => [
    { kind: 'vector', data: latents.subarray(latent * hiddenSize, (latent + 1) * hiddenSize) },
    ...Array.from({ length: patches }, (_, within): Row => ({
      kind: 'image',
      index: (patches * latent + within + 1) % imageTokens,
      position: 'next',
    })),
  ]).flat();
}
