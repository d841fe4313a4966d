// Numbers that a model cannot have computed rightly, and what can be tried then: another dtype of the same model, by the dtype that is loaded.
import { EngineFault, fault } from '../../src/errors';
import { in32Bits, is16Bit, saferDtypes, type Dtype } from '../../src/model/dtype';
import type { ModelInfo } from '../../src/model/latent-model';
import type { RowFacts } from './row-facts';

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

/** What a pass brought back. */
interface Read {
  readonly facts: RowFacts;
  readonly attention: Float32Array;
  readonly hidden: Float32Array;
}

/** Whether everything that came back is a number: a single logit that is none spoils its row's sums. */
export function allFinite({ facts, attention, hidden }: Read): boolean {
  return [facts.logSumExp, facts.entropy, facts.topLogits, attention, hidden].every((numbers) => numbers.every(Number.isFinite));
}

/** Natural logarithms; far less than the distance between any two tokens of a model that was trained, or drawn at random. */
const ROUNDING = 1e-4;
/** Steps of float32, relative to the number itself. */
const FLOAT32_STEP = 2 ** -22;

/**
 * Whether a row's largest probability is no larger than the mean of all, to rounding: then every token has the same. Damaged weights give
 * such rows, which are finite.
 */
export function isUniform({ topLogits, logSumExp }: Pick<RowFacts, 'topLogits' | 'logSumExp'>, topK: number, vocabulary: number): boolean {
  if (topK === 0 || vocabulary === 1) return false;
  return logSumExp.some((sum, row) => {
    const largest = topLogits[row * topK];
    return largest - sum + Math.log(vocabulary) <= ROUNDING + Math.abs(largest) * FLOAT32_STEP;
  });
}

/** The fault of a decoder, `fileName`, whose numbers are not finite. */
export const notANumber = (fileName: string): EngineFault => wrong(`The model (${fileName}) computed numbers that are not finite.`);

/** The fault of a decoder, `fileName`, that tells no token from another. */
export const uniform = (fileName: string): EngineFault =>
  wrong(`The model (${fileName}) gives every token the same probability, so its weights or this device's numbers are wrong.`);

const wrong = (message: string): EngineFault =>
  fault('WRONG_NUMBERS', message, 'Load the model in another type, or on WASM; or download or copy it again.', { retry: true });
