// What the rows of a packed pass may look at, how candidates are split into passes, and which decoders can pack.
import { readFileSync } from 'node:fs';
import { fromBinary, toBinary } from '@bufbuild/protobuf';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { apartMask, candidateStarts, fullMask } from '../../../../models/decoder/masks';
import { MOST_PACKED_BYTES, packedBytes, packInto, PassLimits } from '../../../../models/decoder/pass-limits';
import { parseConfig } from '../../../../models/families/qwen-vl/config';
import { instrumentDecoder } from '../../../../models/graph/instrument';
import { DataType, node as makeNode } from '../../../../models/graph/nodes';
import { ModelProtoSchema, type GraphProto } from '../../../../models/graph/onnx_pb';
import { PACKING_MASK } from '../../../../models/graph/ports';
import { readRecords } from '../../../../models/graph/records';
import { readWiring } from '../../../../models/graph/wiring';
import { faultOf } from '../../../faults';

const candidates = fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 6 });
const sum = (sizes: readonly number[]): number => sizes.reduce((all, size) => all + size, 0);
const ownerOf = (sizes: readonly number[], row: number): number => sizes.findIndex((_, i) => row < sum(sizes.slice(0, i + 1)));

describe('a mask', () => {
  it('lets a row see what came before and its own candidate up to itself, and nothing else', () => {
    fc.assert(
      fc.property(candidates, fc.nat(5), fc.nat(4), (sizes, before, spare) => {
        const rows = sum(sizes);
        const keys = before + rows + spare;
        const every = Array.from({ length: rows }, (_, row) => row);
        const starts = candidateStarts(sizes);
        const full = fullMask(every, starts, before, keys);
        const apart = apartMask(starts, before, 'float32');
        const half = apartMask(starts, before, 'float16');
        for (const row of every) {
          for (let key = 0; key < keys; key += 1) {
            const other = key - before;
            const seen = other < 0 || (other <= row && ownerOf(sizes, other) === ownerOf(sizes, row));
            expect(full[row * keys + key] === 0).toBe(seen);
            if (key >= before + rows) continue;
            const at = row * (before + rows) + key;
            // What comes after a row is masked by the graph.
            expect(apart[at] === 0).toBe(seen || other > row);
            expect(half[at]).toBe(apart[at] === 0 ? 0 : 0xfb00);
          }
        }
        // Chosen rows alone, in any order.
        const last = fullMask([rows - 1, 0], starts, before, keys);
        expect(last).toEqual(Float32Array.of(...full.subarray((rows - 1) * keys), ...full.subarray(0, keys)));
      }),
    );
  });
});

describe('candidates', () => {
  it('are split in order into passes as full as they may be', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 20 }), { maxLength: 30 }), (sizes) => {
        const passes = packInto(sizes, (together) => sum(together) <= 16);
        expect(passes.flat()).toEqual(sizes.map((_, index) => index));
        passes.forEach((indices, at) => {
          const rows = sum(indices.map((index) => sizes[index]));
          expect(indices.length === 1 || rows <= 16).toBe(true);
          const next = passes[at + 1]?.[0];
          if (next !== undefined) expect(rows + sizes[next]).toBeGreaterThan(16);
        });
      }),
    );
  });

  // Qwen2.5-VL-3B
  const model = { layers: 36, heads: 16, vocabularySize: 151_936, maxLength: 32_768 };

  it('are weighed by the largest tensor they lead to', () => {
    expect(packedBytes([{ rows: 8 }, { rows: 8 }], 600, model)).toBe(4 * 16 * 16 * 616);
    expect(packedBytes([{ rows: 8, logitRows: 8 }], 600, model)).toBe(4 * 8 * 151_936);
    expect(packedBytes([{ rows: 8, attentionRows: 8 }], 600, model)).toBe(4 * 36 * 16 * 8 * 608);
    const gpu = new PassLimits({ device: null }, model, true);
    const passes = gpu.split(
      600,
      Array.from({ length: 128 }, () => ({ rows: 16, logitRows: 9 })),
      Infinity,
    );
    expect(passes.length).toBe(Math.ceil(128 / Math.floor(MOST_PACKED_BYTES / (4 * 9 * 151_936))));
    const narrow = { device: { limits: { maxStorageBufferBindingSize: 2 ** 27 } } as unknown as GPUDevice };
    const bound = new PassLimits(narrow, model, true).split(
      600,
      Array.from({ length: 128 }, () => ({ rows: 16, logitRows: 9 })),
    );
    expect(bound.every((group) => group.length * 4 * 9 * 151_936 <= 2 ** 27)).toBe(true);
    expect(bound.length).toBeGreaterThan(passes.length);
  });

  it('get a pass each where the graph takes no mask, and no other', () => {
    const limits = new PassLimits({ device: null }, model, false);
    expect(limits.split(0, [{ rows: 1 }, { rows: 2 }])).toEqual([[0], [1]]);
    const pass = { rows: 3, past: null, logitRows: [0] };
    expect(() => limits.check(pass)).not.toThrow();
    expect(() => limits.check({ ...pass, candidates: [3] })).not.toThrow();
    expect(faultOf(() => limits.check({ ...pass, candidates: [1, 2] }))).toMatchObject({ code: 'INTERNAL' });
  });

  it('may be longer together than the model, but not alone, and not larger than a pass may be', () => {
    const limits = new PassLimits({ device: null }, { ...model, maxLength: 100 }, true);
    const pass = { rows: 120, past: { length: 30 }, logitRows: [0] };
    expect(() => limits.check({ ...pass, candidates: [70, 50] })).not.toThrow();
    expect(faultOf(() => limits.check({ ...pass, candidates: [71, 49] }))).toMatchObject({ code: 'BAD_INPUT' });
    expect(faultOf(() => limits.check({ ...pass, candidates: [70, 49] }))).toMatchObject({ code: 'INTERNAL' });
    const logitRows = Array.from({ length: 120 }, (_, row) => row);
    const huge = new PassLimits({ device: null }, { ...model, maxLength: 100, vocabularySize: 2 ** 20 }, true);
    expect(faultOf(() => huge.check({ ...pass, logitRows, candidates: [70, 50] })).message).toMatch(/too large/);
  });
});

const read = (path: string): Uint8Array => new Uint8Array(readFileSync(new URL(`../../../../${path}`, import.meta.url)));

/** The decoder of a folder, instrumented after a change to its graph: whether it packs, and who reads the mask. */
function instrumented(folder: string, change: (graph: GraphProto) => void = () => undefined) {
  const config: unknown = JSON.parse(new TextDecoder().decode(read(`${folder}/config.json`)));
  const model = fromBinary(ModelProtoSchema, read(`${folder}/onnx/decoder_model_merged.onnx`));
  change(model.graph as GraphProto);
  const { bytes, packs } = instrumentDecoder(toBinary(ModelProtoSchema, model), parseConfig({ 'config.json': config }), 'decoder');
  const wiring = readWiring(readRecords(bytes, 'decoder'));
  return { packs, type: wiring.inputs.get(PACKING_MASK)?.type, wiring, readers: wiring.readers(PACKING_MASK).map(({ node }) => node) };
}

describe('a decoder', () => {
  const FUSED = 'public/models/noema-tiny';
  const EXPLICIT = 'test/fixtures/exports/explicit-qwen2-vl';

  it('with a bias of its own gets the mask added to it, once for all layers', () => {
    const { packs, type, readers } = instrumented(FUSED);
    expect([packs, type]).toEqual([true, DataType.FLOAT]);
    expect(readers.map(({ opType }) => opType)).toEqual(['Add']);
  });

  it('without one gets the mask as its bias, in the size of the pass', () => {
    const bare = (graph: GraphProto): void =>
      graph.node.filter(({ opType }) => opType === 'GroupQueryAttention').forEach(({ input }) => input.splice(10));
    const { packs, wiring, readers } = instrumented(FUSED, bare);
    expect([packs, readers.map(({ opType }) => opType)]).toEqual([true, ['Expand']]);
    for (const { node } of wiring.nodes) {
      if (node.opType === 'GroupQueryAttention')
        expect([node.input[7], node.input[8], node.input[9], node.input[10]]).toEqual(['', '', '', readers[0].output[0]]);
    }
  });

  it('that writes its attention out gets the mask added to its own, not to the scores', () => {
    const { packs, wiring, readers } = instrumented(EXPLICIT);
    expect(packs).toBe(true);
    expect(new Set(readers.map(({ input }) => wiring.producer(input[0])?.node.opType))).toEqual(new Set(['Slice']));
  });

  it('gets it added to the scores where these are masked in another way', () => {
    const chosen = (graph: GraphProto): void => {
      for (const [at, { opType, input }] of graph.node.entries()) {
        if (opType !== 'Softmax') continue;
        graph.node.splice(at, 0, makeNode('Identity', [input[0]], `${input[0]}_same`));
        input[0] = `${input[0]}_same`;
        return;
      }
    };
    const { packs, wiring, readers } = instrumented(EXPLICIT, chosen);
    expect(packs).toBe(true);
    expect(wiring.readers(readers[0].output[0]).map(({ node }) => node.opType)).toEqual(['Softmax']);
  });

  it('does not pack when nothing says in which type its scores are', () => {
    const untold = (graph: GraphProto): void => {
      graph.valueInfo = [];
    };
    expect(instrumented(EXPLICIT, untold).packs).toBe(true);
    const mixed = (graph: GraphProto): void => {
      untold(graph);
      graph.node.push(makeNode('Cast', ['inputs_embeds'], 'half', { to: DataType.FLOAT16 }));
    };
    expect(instrumented(EXPLICIT, mixed)).toMatchObject({ packs: false, type: undefined, readers: [] });
  });
});
