// What can be tried when a model's numbers are not finite: another type of the same model, by the type that is loaded.
import { EngineFault, fault } from '../../src/errors';
import type { ModelInfo } from '../../src/model/latent-model';

/** Types to try, in this order; 16-bit numbers end at 65,504, which activations of these models can pass. */
const INSTEAD: Record<ModelInfo['dtype'], string> = {
  q4f16: 'Load the q4 type: the same weights, computed in 32 bits.',
  fp16: 'Load the fp32 type, or q4, which also computes in 32 bits and is smaller.',
  q4: 'Load the fp32 type where the model has one, or choose WASM.',
  fp32: 'Choose WASM, or another export of the model.',
};

/** Throws a WRONG_NUMBERS fault again with what to do about it for the model that is loaded; anything else as it is. */
export function naming({ dtype, device }: Pick<ModelInfo, 'dtype' | 'device'>): (thrown: unknown) => never {
  return (thrown) => {
    if (!(thrown instanceof EngineFault) || thrown.value.code !== 'WRONG_NUMBERS') throw thrown;
    const { message, detail } = thrown.value;
    const action = device === 'webgpu' ? INSTEAD[dtype] : 'Load another type, or another export of the model.';
    throw fault('WRONG_NUMBERS', `${message} It was loaded as ${dtype}.`, action, {
      retry: true,
      ...(detail === undefined ? {} : { detail }),
    });
  };
}
