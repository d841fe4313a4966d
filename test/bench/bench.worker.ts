// The benchmark's thread: the engine's own loader and model, with meters around the GPU and the memory.
import { expose } from 'comlink';
import type { Held } from './heap-watch';
import { BenchHost } from './host';
import { wasmBytes, watchWasmMemory } from './wasm-memory';

watchWasmMemory();
const host = new BenchHost();
// Asked through the browser's debugger while the thread loads.
Object.assign(globalThis, { noemaHeld: (): Held => ({ wasm: wasmBytes(), phase: host.phase }) });
expose(host);
