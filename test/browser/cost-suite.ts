// What a step may cost, in counts that are the same on every machine: passes, rows, dispatches, pipelines, bytes.
import { describe, expect, it } from 'vitest';
import { measurePacked } from '../bench/packed';
import { makeWorkload, type Workload } from '../bench/workload';
import { createRandom } from '../../src/math/random';
import { interleave } from '../../src/methods/ivtlr/interleave';
import { RELEASED } from '../../src/methods/ivtlr/plan';
import { fillPrompt, PROMPT_FORMS } from '../../src/prompt/forms';
import type { GpuMeter } from './gpu-meter';
import type { LoadedOnnx } from '../onnx';
import { rampImage } from './helpers';
import { relativeError } from './numbers';

const go = { aborted: false };

/**
 * GPU buffers the runtime makes in a step of two passes, none of them ours: it carries what the export computes on the
 * processor (the rotation's table, lengths of the mask) and a few bytes of the read-out to the GPU, each through a buffer of its own.
 */
const RUNTIME_BUFFERS = 10;

/** Rows of the suffixes of one step: the latents alone, then latents with two patches each. */
const STEP_ROWS = 4 + 12;

export function describeCosts(name: string, load: () => Promise<LoadedOnnx>, meter: GpuMeter | null): void {
  describe(`costs: ${name}`, () => {
    const withWorkload = async (rows: number, side: number, job: (work: Workload, loaded: LoadedOnnx) => Promise<void>): Promise<void> => {
      const loaded = await load();
      const work = await makeWorkload(loaded.model, rows, side);
      try {
        await job(work, loaded);
      } finally {
        work.release();
      }
    };

    it('a step after 1,000 rows reads 16 rows in two passes, no picture, and finds what reading everything finds', async () => {
      await withWorkload(1000, 12, async (work, { model, trusted }) => {
        expect(Math.abs(work.promptRows - 1000)).toBeLessThan(5);
        const before = model.counts();
        const live = trusted.runtime.liveTensors;
        const step = await work.step();
        const after = model.counts();
        expect(after.passes - before.passes).toBe(2);
        expect(after.rows - before.rows).toBe(STEP_ROWS);
        expect(after.visionPasses).toBe(before.visionPasses);
        expect(after.bytesReadBack - before.bytesReadBack).toBeLessThanOrEqual(4096);
        expect(trusted.runtime.liveTensors).toBe(live);
        const released = await work.released();
        for (const part of ['attention', 'topLogits', 'logSumExp'] as const)
          expect(relativeError(released[part], step[part]), part).toBeLessThan(1e-4);
      });
    });

    it('a latent step reads the rows that the one before appended, and little back: a hidden state, one row of attention, ten tokens', async () => {
      const { model, trusted } = await load();
      const live = trusted.runtime.liveTensors;
      const prompt = await model.prefill(fillPrompt(PROMPT_FORMS.cot, 'Why?', 0), rampImage(model), go);
      const patches = 4;
      const plan = { ...RELEASED, steps: 3, patches, text: true, vision: true, choice: 'attention' } as const;
      let before = model.counts();
      const costs: { readonly passes: number; readonly rows: number; readonly back: number; readonly least: number }[] = [];
      const steps = interleave(
        model,
        prompt,
        plan,
        () => createRandom(1),
        go,
        ({ length, rows }) => {
          const after = model.counts();
          // Of the hidden state and the attention alone, where they lie on a device.
          const least = 4 * (model.info.hiddenSize + length - rows.length);
          const back = after.bytesReadBack - before.bytesReadBack;
          costs.push({ passes: after.passes - before.passes, rows: after.rows - before.rows, back, least });
          before = after;
        },
      );
      let next = await steps.next();
      while (!next.done) next = await steps.next();
      next.value.context.release();
      prompt.release();
      expect(costs.map(({ passes, rows }) => [passes, rows])).toEqual([
        [1, prompt.closing.rows.length],
        [1, patches + 1],
        [1, patches + 1],
      ]);
      for (const { back, least } of costs) expect(back).toBe(meter ? least + 4 * (3 + 2 * 10) : 0);
      expect(trusted.runtime.liveTensors).toBe(live);
    });

    it('candidates of 8 rows are read in one pass, as four times one by one, and leave nothing behind', async () => {
      await withWorkload(100, 8, async (work, { model, trusted }) => {
        const past = await work.cache();
        const live = trusted.runtime.liveTensors;
        const [one, four] = await measurePacked(model.decoder, past, work.nextPosition, { together: [1, 4], rounds: 1 });
        expect(one).toMatchObject({ candidates: 1, passes: 1, rows: 8, scored: 4 });
        expect(four).toMatchObject({ candidates: 4, passes: 1, rows: 32, scored: 16 });
        expect(four.times).toHaveLength(2);
        expect(Math.max(one.difference, four.difference)).toBeLessThan(1e-5);
        expect(trusted.runtime.liveTensors).toBe(live);
        model.decoder.free(past);
      });
    });

    if (meter) {
      it('steady steps create no pipeline and no buffer of ours, map at most 4 KB once a pass, and ask for the same work after 100 rows as after 1,000', async () => {
        const work = async (rows: number, side: number): Promise<Awaited<ReturnType<GpuMeter['measure']>>> => {
          let steady = await meter.measure(() => Promise.resolve());
          await withWorkload(rows, side, async (load) => {
            await load.step();
            await load.step();
            steady = await meter.measure(() => load.step());
          });
          return steady;
        };
        const long = await work(1000, 12);
        const short = await work(100, 8);
        expect(long.pipelines).toBe(0);
        expect(short.pipelines).toBe(0);
        expect(long.mapped.reduce((sum, bytes) => sum + bytes, 0)).toBeLessThanOrEqual(4096);
        expect(long.mapped.length).toBe(2);
        for (const { buffers } of [long, short]) {
          expect(buffers.filter((label) => label !== '')).toEqual([]);
          expect(buffers.length).toBeLessThanOrEqual(RUNTIME_BUFFERS);
        }
        expect(long.dispatches).toBeLessThan(400);
        expect(long.dispatches).toBeLessThanOrEqual(short.dispatches * 1.2);
      });
    }
  });
}
