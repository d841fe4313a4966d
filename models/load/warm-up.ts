// Asks a fresh model once for everything a run will ask, so that the first run does not wait for shaders to be compiled.
import type { ImageInput, Prompt, VisionInfo } from '../../src/model/latent-model';
import type { QwenModel } from '../families/qwen-vl/model';

/** Patches along a side of the picture that is shown: two attention windows of Qwen2.5-VL. */
const SIDE = 16;
/** Rows of a think block. Kernels differ between one, a few and many rows. */
const ROWS = [4, 12];

/** Reads a grey picture, extends, decodes two tokens and scores them. Throws what those throw. */
export async function warmUp(model: QwenModel, signal: AbortSignal): Promise<void> {
  const prompt: Prompt = [
    { kind: 'control', text: '<|im_start|>user\n<|vision_start|>', role: 'frame' },
    { kind: 'image', role: 'image' },
    { kind: 'control', text: '<|vision_end|>', role: 'frame' },
    { kind: 'text', text: 'What is this?', role: 'question' },
  ];
  const prefix = await model.read(prompt, greyPicture(model.info.vision), signal);
  try {
    const { hiddenSize } = model.info;
    const suffix = (length: number) => ({
      length,
      embeddings: new Float32Array(length * hiddenSize),
      positions: Int32Array.from({ length: 3 * length }, (_, i) => prefix.nextPosition + (i % length)),
    });
    for (const length of ROWS) {
      const rows = [0, length - 1];
      await model.extend(prefix, [suffix(length)], { logitRows: rows, attentionRows: rows, topK: 10 }, signal);
      await model.extend(prefix, [suffix(length)], { logitRows: rows, topK: 10 }, signal);
    }
    const ids: number[] = [];
    for await (const token of model.decode(prefix, suffix(ROWS[0]), { maxNewTokens: 2 }, signal)) ids.push(token.id);
    await model.score(prefix, suffix(ROWS[0]), Uint32Array.from(ids), signal);
  } finally {
    prefix.release();
  }
}

function greyPicture(vision: VisionInfo): ImageInput {
  const side = SIDE * vision.patchSize;
  return {
    pixelValues: new Float32Array(SIDE * SIDE * 3 * vision.temporalPatchSize * vision.patchSize ** 2),
    grid: { t: 1, h: SIDE, w: SIDE },
    width: side,
    height: side,
  };
}
