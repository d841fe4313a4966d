// Keeps sight of every WebAssembly memory of this thread: the browser's own heap numbers leave them out.

const memories: WebAssembly.Memory[] = [];

/** Watches from now on. */
export function watchWasmMemory(): void {
  const { Memory } = WebAssembly;
  WebAssembly.Memory = class Watched extends Memory {
    constructor(descriptor: WebAssembly.MemoryDescriptor) {
      super(descriptor);
      memories.push(this);
    }
  };
}

/** Bytes of all memories; they never shrink. */
export const wasmBytes = (): number => memories.reduce((sum, { buffer }) => sum + buffer.byteLength, 0);
