// Errors of the model runtime as fault codes, each with what a person can do.
import { expect, test } from 'vitest';
import { sortFailure } from '../../../../models/runtime/failures';

/** As ONNX Runtime 1.30 words it in Chromium without a network. */
const NO_NETWORK =
  "no available backend found. ERR: [wasm] RuntimeError: Aborted(NetworkError: Failed to execute 'send' on 'XMLHttpRequest': Failed to load 'https://a.example/ort.wasm'.)";

test.each([
  [NO_NETWORK, 'DOWNLOAD'],
  ['no available backend found. ERR: [wasm] RuntimeError: Aborted(both async and sync fetching of the wasm failed)', 'DOWNLOAD'],
  ['no available backend found. ERR: [wasm] RangeError: WebAssembly.Memory(): could not allocate: out of memory', 'OUT_OF_MEMORY'],
  ['Device was lost', 'DEVICE_LOST'],
  ['anything else', 'INTERNAL'],
])('%s is %s', (message, code) => {
  expect(sortFailure(new Error(message), 'loading').value.code).toBe(code);
});
