// Makes Node look like a worker with WebGPU, as far as models/ looks: Dawn for Node, an address, and two repairs of Dawn's binding.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { inject } from 'vitest';

/** The part of the `webgpu` package that is used here. It is installed beside this file by run.ts. */
interface Dawn {
  create(options: readonly string[]): GPU;
  readonly globals: Readonly<Record<string, unknown>>;
}

const dawn = (await import(pathToFileURL(join(import.meta.dirname, 'node_modules/webgpu/index.js')).href)) as Dawn;
Object.assign(globalThis, dawn.globals);

// Dawn's binding asks for news by setImmediate, again and again, and so takes a core from the driver that it waits for.
const soon = (task: (...args: unknown[]) => void, ...args: unknown[]) => setTimeout(task, 1, ...args);
Object.defineProperty(globalThis, 'setImmediate', { value: soon, configurable: true, writable: true });
Object.defineProperty(globalThis, 'self', { value: globalThis });
Object.defineProperty(globalThis, 'location', { value: new URL('/', inject('origin')) });
Object.defineProperty(navigator, 'gpu', { value: dawn.create(process.platform === 'linux' ? ['backend=vulkan'] : []) });

// Dawn's binding refuses views of shared memory, and the runtime's memory is shared.
const { writeBuffer } = GPUQueue.prototype;
GPUQueue.prototype.writeBuffer = function (buffer, bufferOffset, data, dataOffset = 0, size) {
  const view = ArrayBuffer.isView(data) ? data : new Uint8Array(data);
  const unit = 'BYTES_PER_ELEMENT' in view ? (view as Uint8Array).BYTES_PER_ELEMENT : 1;
  const start = view.byteOffset + dataOffset * unit;
  const end = size === undefined ? view.byteOffset + view.byteLength : start + size * unit;
  writeBuffer.call(this, buffer, bufferOffset, new Uint8Array(view.buffer, start, end - start).slice());
};
