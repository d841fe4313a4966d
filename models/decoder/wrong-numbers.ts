// What can be tried when a model's numbers are not finite: another dtype of the same model, by the dtype that is loaded.
import { EngineFault, fault } from '../../src/errors';
import { in32Bits, is16Bit, saferDtypes, type Dtype } from '../../src/model/dtype';
import type { ModelInfo } from '../../src/model/latent-model';

/** 16-bit numbers end at 65,504, which activations of these models can pass; 32-bit ones are wrong only where a GPU computes wrongly. */
function whatToTry(dtype: Dtype): string {
  if (is16Bit(dtype)) return `Load the ${in32Bits(dtype)} type: the same weights, computed in 32 bits.`;
  return `Choose WASM, or load the ${saferDtypes(dtype).join(' or ')} type where the model has one.`;
}

/** Throws a WRONG_NUMBERS fault again with what to do about it for the model that is loaded; anything else as it is. */
export function naming({ dtype, device }: Pick<ModelInfo, 'dtype' | 'device'>): (thrown: unknown) => never {
  return (thrown) => {
    if (!(thrown instanceof EngineFault) || thrown.value.code !== 'WRONG_NUMBERS') throw thrown;
    const { message, detail } = thrown.value;
    const action = device === 'webgpu' ? whatToTry(dtype) : 'Load another type, or another export of the model.';
    throw fault('WRONG_NUMBERS', `${message} It was loaded as ${dtype}.`, action, {
      retry: true,
      ...(detail === undefined ? {} : { detail }),
    });
  };
}
