// Families of models: a second one joins without any file changed, and the model of any family keeps its promises.
import { describe, expect, test } from 'vitest';
import { EngineFault } from '../../../../src/errors';
import { dmlr } from '../../../../src/methods/dmlr/dmlr';
import type { Candidate, Context, Prompt, Row, Token } from '../../../../src/model/latent-model';
import { runPipeline } from '../../../../src/run/pipeline';
import type { FileFacts, ModelFolder } from '../../../../models/files/model-folder';
import { FAMILIES, familyOf } from '../../../../models/families/registry';
import { readPlan } from '../../../../models/load/plan';
import { faultOf } from '../../../faults';
import { collect, jobWith, NEVER, randomPicture } from '../../../fakes/jobs';
import { openToy, toyFamily } from '../../../fakes/toy-family';

const { signal } = new AbortController();

/** A folder with these JSON files and graphs. */
function folderOf(json: Record<string, unknown>, graphs: readonly string[]): ModelFolder {
  const facts = new Map<string, FileFacts>([...Object.keys(json), ...graphs].map((path) => [path, { bytes: 10, sha256: null }]));
  return {
    id: 'toy',
    name: 'toy',
    revision: null,
    licence: null,
    list: () => Promise.resolve(facts),
    facts: (path) => Promise.resolve(facts.get(path) ?? null),
    fetch: (path) => Promise.resolve(new Blob([JSON.stringify(json[path])])),
    stored: () => Promise.resolve(0),
    touch: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
}

describe('a family', () => {
  const graphs = ['tokenizer.json', 'tokenizer_config.json', 'onnx/embed_tokens.onnx', 'onnx/decoder_model_merged.onnx'];
  const config = { model_type: 'toy' };

  test('is known by its config, reads its own files and names its own graphs', async () => {
    const folder = folderOf({ 'config.json': config, 'toy_config.json': { length: 77 } }, graphs);
    const plan = await readPlan(folder, signal, [...FAMILIES, toyFamily]);
    expect(plan.family).toBe(toyFamily);
    expect(plan.config).toMatchObject({ maxLength: 77, positionAxes: 1 });
    expect(Object.keys(plan.types[0].sessions)).toEqual(['embed_tokens', 'decoder_model_merged']);
  });

  test('that nobody knows is refused with those there are', async () => {
    const error = faultOf(() => familyOf(config));
    expect(error).toMatchObject({
      code: 'BAD_MODEL',
      message: expect.stringContaining('(toy); Noema loads Qwen2-VL and Qwen2.5-VL') as string,
    });
    await expect(readPlan(folderOf({ 'config.json': config }, graphs), signal)).rejects.toBeInstanceOf(EngineFault);
    expect(faultOf(() => familyOf({ model_type: 'llama' }, [toyFamily])).message).toContain('Noema loads Toy');
  });
});

const PROMPT: Prompt = { system: '', user: [{ kind: 'image' }, { kind: 'text', text: 'how many stars?', role: 'question' }] };
const image = (model: ReturnType<typeof openToy>) => model.prepareImage(randomPicture(), { minPixels: 1, maxPixels: 1e9 });
const vector = (seed: number): Row => ({ kind: 'vector', data: Float32Array.from({ length: 6 }, (_, i) => Math.sin(seed + i)) });
const tokensOf = async (tokens: AsyncIterable<Token>): Promise<number[]> => (await collect(tokens)).map(({ id }) => id);

describe('the model of a family with discrete image tokens and one position axis', () => {
  test('runs a whole method, dependence on the picture included, and gives everything back', async () => {
    const model = openToy();
    const events = await collect(
      runPipeline(jobWith(model as never, { method: dmlr, settings: { steps: 3, maxNewTokens: 4, patchesPerStep: 1 } })),
    );
    expect(events.at(-1)).toMatchObject({ type: 'finished', reason: 'steps' });
    expect(events.find((event) => event.type === 'image')).toMatchObject({ tiles: [{ rows: 2, columns: 2 }] });
    expect(model.counts().contexts).toBe(0);
    expect(model.decoder.held.size).toBe(0);
  });

  test('has no gradient, and says which model has one', async () => {
    const model = openToy();
    expect(model.info.gradient).toBe(false);
    const context = await model.prefill(PROMPT, image(model), NEVER);
    await expect(model.rewardGradient(context, { rows: [vector(1)], scoredRows: [0], topK: 1 }, NEVER)).rejects.toMatchObject({
      value: {
        code: 'BAD_INPUT',
        message: 'Toy has no gradient graph for the type fp32; the embedded model has one for each of its types.',
      },
    });
  });

  test('never answers with a token of a picture, though the model would', async () => {
    const model = openToy();
    const context = await model.prefill(PROMPT, image(model), NEVER);
    const [reading] = await model.forward(context, [{ rows: context.closing.rows, logitRows: [0] }], { topK: 8 }, NEVER);
    expect(Math.min(...reading.topIds)).toBeGreaterThanOrEqual(32);
    const ids = await tokensOf(model.generate(context, context.closing.rows, { maxNewTokens: 6 }, NEVER));
    expect(Math.max(...ids)).toBeLessThan(32);
    const sampled = model.generate(
      context,
      context.closing.rows,
      { maxNewTokens: 6, sampling: { temperature: 9, topK: 60, topP: 1, random: { uniform: () => 0.7, normal: () => 0 } } },
      NEVER,
    );
    expect(Math.max(...(await tokensOf(sampled)))).toBeLessThan(32);
  });

  test('counts positions on one axis; an image token at its original place does not advance them', async () => {
    const model = openToy();
    const context = await model.prefill(PROMPT, image(model), NEVER);
    const rows: Row[] = [
      vector(1),
      { kind: 'image', index: 2, position: 'original' },
      { kind: 'image', index: 2, position: 'next' },
      vector(2),
    ];
    await model.forward(context, [{ rows, logitRows: [3] }], { topK: 1 }, NEVER);
    const next = context.length;
    expect([...(model.decoder.passes.at(-1)?.positions ?? [])]).toEqual([next, 3, next + 1, next + 2]);
  });

  test.each([true, false])('reads candidates as if each were alone (packs: %s)', async (packs) => {
    const model = openToy(packs);
    const context = await model.prefill(PROMPT, image(model), NEVER);
    const candidates: Candidate[] = [
      { rows: [vector(1), vector(2)], logitRows: [1, 0], attentionRows: [1] },
      { rows: [vector(3)], logitRows: [0] },
      { rows: [vector(4), vector(5), vector(6)], logitRows: [2], attentionRows: [0, 2] },
    ];
    const want = { topK: 5, hidden: true };
    const before = model.counts().passes;
    const together = await model.forward(context, candidates, want, NEVER);
    expect(model.counts().passes - before).toBe(packs ? 1 : 3);
    for (const [index, candidate] of candidates.entries()) {
      expect(await model.forward(context, [candidate], want, NEVER)).toEqual([together[index]]);
    }
  });

  test('counts handles: rows are freed with the last of them, and used after release they are an error', async () => {
    const model = openToy();
    const context = await model.prefill(PROMPT, image(model), NEVER);
    const branch = context.branch();
    const { context: longer } = await model.advance(context, { rows: [vector(1)], logitRows: [0] }, { topK: 1 }, NEVER);
    expect(model.counts().contexts).toBe(3);
    context.release();
    context.release();
    expect(model.counts().contexts).toBe(2);
    expect(model.decoder.held.size).toBe(2);
    branch.release();
    expect(model.decoder.held.size).toBe(1);
    expect(longer.appended).toHaveLength(1);
    longer.release();
    expect(model.decoder.held.size).toBe(0);
    const uses: ((gone: Context) => Promise<unknown>)[] = [
      (gone) => model.forward(gone, [{ rows: [vector(1)], logitRows: [0] }], { topK: 1 }, NEVER),
      (gone) => model.advance(gone, { rows: [vector(1)], logitRows: [0] }, { topK: 1 }, NEVER),
      (gone) => model.score(gone, [vector(1)], Uint32Array.of(4), NEVER),
      (gone) => tokensOf(model.generate(gone, [vector(1)], { maxNewTokens: 1 }, NEVER)),
    ];
    for (const use of uses) await expect(use(longer)).rejects.toMatchObject({ value: { code: 'INTERNAL', retry: true } });
    await expect(uses[0](await openToy().prefill(PROMPT, null, NEVER))).rejects.toMatchObject({ value: { code: 'INTERNAL' } });
  });

  test('reads after what another prompt of the picture has read, and only what differs', async () => {
    const model = openToy();
    const picture = image(model);
    const first = await model.prefill(PROMPT, picture, NEVER);
    const other: Prompt = { system: '', user: [{ kind: 'image' }, { kind: 'text', text: 'how many moons?', role: 'question' }] };
    const second = await model.prefill(other, picture, NEVER);
    expect(model.decoder.passes.at(-1)?.rows).toBe('moons?'.length);
    expect(model.counts().visionPasses).toBe(1);
    const alone = openToy();
    const fresh = await alone.prefill(other, image(alone), NEVER);
    const candidate: Candidate = { rows: [vector(1)], logitRows: [0] };
    expect(await model.forward(second, [candidate], { topK: 3 }, NEVER)).toEqual(
      await alone.forward(fresh, [candidate], { topK: 3 }, NEVER),
    );
    // Another picture shares nothing.
    const third = await model.prefill(other, image(model), NEVER);
    expect(model.decoder.passes.at(-1)?.rows).toBe(third.length);
    for (const context of [first, second, third]) context.release();
    expect(model.decoder.held.size).toBe(0);
  });

  test('refuses rows that overflow the model, pictures of another family, and rows it does not have', async () => {
    const model = openToy();
    const context = await model.prefill(PROMPT, image(model), NEVER);
    const long = Array.from({ length: 200 }, () => vector(1));
    const refused = (rows: readonly Row[]) => model.forward(context, [{ rows, logitRows: [0] }], { topK: 1 }, NEVER);
    await expect(refused(long)).rejects.toMatchObject({
      value: { code: 'BAD_INPUT', message: expect.stringContaining('at most 200') as string },
    });
    await expect(refused([{ kind: 'image', index: 4, position: 'next' }])).rejects.toMatchObject({ value: { code: 'BAD_INPUT' } });
    await expect(refused([{ kind: 'vector', data: new Float32Array(5) }])).rejects.toMatchObject({ value: { code: 'BAD_INPUT' } });
    await expect(model.prefill(PROMPT, { ...image(model) }, NEVER)).rejects.toMatchObject({ value: { code: 'INTERNAL' } });
  });
});
