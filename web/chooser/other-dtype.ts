// Which type of a model to try after one has failed.
import type { ErrorCode } from '../../src/errors';
import type { Dtype } from '../../src/model/latent-model';

/** Types that compute in 32-bit floating point, the smaller first. */
const SINGLE: readonly Dtype[] = ['q4', 'fp32'];
/** Whether a type computes in 16-bit floating point. */
export const isHalf = (dtype: Dtype): boolean => dtype === 'q4f16' || dtype === 'fp16';

/**
 * The type to offer, or null. `there` are the model's types by the memory they need, the least first; `failed` is null when it is not known.
 * Wrong numbers and missing 16-bit arithmetic lead to 32 bits (or, from there, to 16); too little memory to the next smaller type.
 */
export function otherDtype(code: ErrorCode, failed: Dtype | null, there: readonly Dtype[]): Dtype | null {
  // The rest of what was agreed to finds room once something else is deleted.
  if (code === 'STORAGE_FULL') return null;
  if (code === 'OUT_OF_MEMORY') return failed === null ? null : (there[there.indexOf(failed) - 1] ?? null);
  const single = SINGLE.find((dtype) => dtype !== failed && there.includes(dtype)) ?? null;
  if (code === 'NO_F16' || failed === null || isHalf(failed)) return single;
  return single ?? there.find((dtype) => dtype !== failed) ?? null;
}
