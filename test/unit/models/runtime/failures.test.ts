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

/** As ONNX Runtime 1.30 words them. */
const UNKNOWN_OPERATOR =
  "Can't create a session. ERROR_CODE: 1, ERROR_MESSAGE: Load model from memory failed: Fatal error: com.example:Warp(-1) is not a registered function/op";
const STATUS =
  "failed to call OrtRun(). ERROR_CODE: 2, ERROR_MESSAGE: Non-zero status code returned while running Gather node. Name:'/g' Status Message: /home/x/onnxruntime/core/gather.cc:42 indices element out of data bounds";
const NO_OPSET =
  "Can't create a session. ERROR_CODE: 2, ERROR_MESSAGE: /onnxruntime_src/onnxruntime/core/graph/model.cc:180 onnxruntime::Model::Model(ModelProto &&, const std::unordered_map<std::string, int> &, const ModelOptions &) Missing opset in the model. All ModelProtos MUST have at least one entry.";
const TOO_LARGE =
  'failed to call OrtRun(). ERROR_CODE: 6, ERROR_MESSAGE: virtual OrtValue *onnxruntime::OpKernelContext::OutputMLValue(int, const TensorShape &) [ONNXRuntimeError] : 2 : INVALID_ARGUMENT : Tensor shape is too large.';

test('what the runtime cannot build or run is the fault of the graph, with the file and the reason', () => {
  for (const [doing, message, reason] of [
    ['loading vision_encoder.onnx', UNKNOWN_OPERATOR, 'com.example:Warp(-1) is not a registered function/op'],
    ['running vision_encoder.onnx', STATUS, "Name:'/g' Status Message: indices element out of data bounds"],
    ['loading vision_encoder.onnx', NO_OPSET, 'loading vision_encoder.onnx: Missing opset in the model'],
    ['running vision_encoder.onnx', TOO_LARGE, 'running vision_encoder.onnx: Tensor shape is too large.'],
    ['loading vision_encoder.onnx', '', 'no reason given'],
  ]) {
    const told = sortFailure(new Error(message), doing, 'vision_encoder.onnx').value;
    expect(told).toMatchObject({
      code: 'BAD_MODEL',
      action: expect.stringMatching(/vision_encoder\.onnx.*again.*another model/) as string,
    });
    expect(told.message).toContain(doing);
    expect(told.message).toContain(reason);
    expect(told.message).not.toContain('ERROR_CODE');
  }
  const memory = sortFailure(new Error('std::bad_alloc'), 'loading a.onnx', 'a.onnx').value;
  expect(memory).toMatchObject({ code: 'OUT_OF_MEMORY', message: 'There was not enough memory for a.onnx.' });
});
