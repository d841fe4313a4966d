// Asks a fresh model once for everything a run will ask, so that the first run does not wait for shaders to be compiled.
import type { Candidate, LatentModel, Prompt, Row, Want } from '../../src/model/latent-model';

/** Pixels along a side of the picture that is shown: in Qwen2.5-VL two attention windows of 112. */
const SIDE = 224;
/** Rows of a think block. Kernels differ between one, a few and many rows. */
const ROWS = [4, 12];

const PROMPT: Prompt = { system: '', user: [{ kind: 'image' }, { kind: 'text', text: 'What is this?', role: 'question' }] };

/** Reads a grey picture, reads candidates alone and together, generates two tokens and scores them. Throws what those throw. */
export async function warmUp(model: LatentModel, signal: AbortSignal): Promise<void> {
  const grey = { width: SIDE, height: SIDE, data: new Uint8ClampedArray(3 * SIDE * SIDE).fill(128) };
  const image = model.prepareImage(grey, { minPixels: 1, maxPixels: SIDE * SIDE });
  const context = await model.prefill(PROMPT, image, signal);
  try {
    const { id } = model.info.thinkToken;
    const rowsOf = (length: number): Row[] => Array.from({ length }, () => ({ kind: 'token', id }));
    const want: Want = { topK: 10 };
    const candidates = ROWS.map((length): Candidate => ({ rows: rowsOf(length), logitRows: [0, length - 1] }));
    for (const candidate of candidates) {
      await model.forward(context, [{ ...candidate, attentionRows: candidate.logitRows }], want, signal);
      await model.forward(context, [candidate], want, signal);
    }
    if (model.info.packs) await model.forward(context, candidates, want, signal);
    const rows = rowsOf(ROWS[0]);
    const ids: number[] = [];
    for await (const token of model.generate(context, rows, { maxNewTokens: 2 }, signal)) ids.push(token.id);
    await model.score(context, rows, Uint32Array.from(ids), signal);
  } finally {
    context.release();
  }
}
