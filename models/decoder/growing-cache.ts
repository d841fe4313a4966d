// The cache as tensors that no later pass writes to: every pass makes longer ones. For WASM, and for graphs that read the past themselves.
import type { Tensor } from 'onnxruntime-common';
import type { Outputs, Runtime } from '../runtime/runtime';
import type { Cache, CacheLayout, CachePass, CacheStore } from './cache';

interface GrownCache extends Cache {
  readonly tensors: readonly Tensor[];
}

export class GrowingStore implements CacheStore {
  constructor(
    readonly runtime: Runtime,
    readonly layout: CacheLayout,
  ) {}

  begin(past: Cache | null, rows: number, keep: boolean): Promise<CachePass> {
    const { pastNames, presentNames } = this.layout;
    const before = past as GrownCache | null;
    const length = (before?.length ?? 0) + rows;
    return Promise.resolve({
      feeds: Object.fromEntries(pastNames.map((name, index) => [name, before?.tensors[index] ?? this.#empty()])),
      fetches: Object.fromEntries(keep ? presentNames.map((name) => [name, null]) : []),
      keyRows: length,
      end: (outputs: Outputs): GrownCache | null => (keep ? { length, tensors: presentNames.map((name) => outputs[name]) } : null),
      fail: (outputs: Outputs): void => {
        for (const name of presentNames) if (outputs[name]) this.runtime.free(outputs[name]);
      },
    });
  }

  free(cache: Cache): void {
    for (const tensor of (cache as GrownCache).tensors) this.runtime.free(tensor);
  }

  close(): void {}

  #empty(): Tensor {
    const { Tensor } = this.runtime.ort;
    const { keyValueHeads, headSize, type } = this.layout;
    const dims = [1, keyValueHeads, 0, headSize];
    return type === 'float16' ? new Tensor('float16', new Uint16Array(), dims) : new Tensor('float32', new Float32Array(), dims);
  }
}
