// The dtypes a model's weights come in, and everything that follows from the dtype: width, preference, stand-ins, alternatives.
import type { ErrorCode } from '../errors';

/** Dtypes, by the names public exports give their files: 4-bit matrices (`q4`), and arithmetic in 16 bits (`fp16`, `q4f16`) or 32. */
export const DTYPES = ['q4', 'q4f16', 'fp16', 'fp32'] as const;
export type Dtype = (typeof DTYPES)[number];

/** What a load request may ask for; `auto` is the best that the device can be trusted with. */
export type DtypeChoice = 'auto' | Dtype;
export const DTYPE_CHOICES: readonly DtypeChoice[] = ['auto', ...DTYPES];

/** Whether a dtype computes, and keeps its key/value cache, in 16-bit floating point; the others do so in 32 bits. */
export const is16Bit = (dtype: Dtype): boolean => dtype === 'q4f16' || dtype === 'fp16';

/** Whether matrices are stored in 4 bits a weight. */
export const is4Bit = (dtype: Dtype): boolean => dtype === 'q4' || dtype === 'q4f16';

/** Bytes of one number of a pass: of an activation, of the key/value cache. */
export const bytesPerNumber = (dtype: Dtype): 2 | 4 => (is16Bit(dtype) ? 2 : 4);

/** Best first where 16-bit numbers can be trusted: they halve the cache and what is read of it. */
const PREFERENCE: readonly Dtype[] = ['q4f16', 'q4', 'fp16', 'fp32'];
const PREFERENCE_32_BIT = PREFERENCE.filter((dtype) => !is16Bit(dtype));

/** The dtypes a device can compute, best first; `f16`: whether its 16-bit numbers can be trusted. */
export const preferredDtypes = (f16: boolean): readonly Dtype[] => (f16 ? PREFERENCE : PREFERENCE_32_BIT);

/** The dtype with the same weights that computes in 32 bits. */
export function in32Bits(dtype: Dtype): Dtype {
  if (!is16Bit(dtype)) return dtype;
  return is4Bit(dtype) ? 'q4' : 'fp32';
}

/** What an export's file names end in, before `.onnx`. */
export const fileSuffix = (dtype: Dtype): string => (dtype === 'fp32' ? '' : `_${dtype}`);

/**
 * What may stand in for a part that has no file of the decoder's dtype, best first. A vision encoder in float16 comes late:
 * ONNX Runtime computes a float16 Conv (the patch embedding of many exports) wrongly on WebGPU (onnxruntime#22974).
 */
const STAND_INS = {
  embed_tokens: {
    q4: ['q4', 'fp32', 'fp16', 'q4f16'],
    q4f16: ['q4f16', 'fp16', 'q4', 'fp32'],
    fp16: ['fp16', 'q4f16', 'fp32', 'q4'],
    fp32: ['fp32', 'fp16', 'q4', 'q4f16'],
  },
  vision_encoder: {
    q4: ['q4', 'fp32', 'fp16', 'q4f16'],
    q4f16: ['q4', 'q4f16', 'fp32', 'fp16'],
    fp16: ['fp32', 'fp16', 'q4', 'q4f16'],
    fp32: ['fp32', 'fp16', 'q4', 'q4f16'],
  },
} as const satisfies Record<string, Readonly<Record<Dtype, readonly Dtype[]>>>;

/** Dtypes that a part of the model, such as embed_tokens, may have beside a decoder of dtype `decoder`, best first. */
export function standIns(part: string, decoder: Dtype): readonly Dtype[] {
  return part === 'embed_tokens' ? STAND_INS.embed_tokens[decoder] : STAND_INS.vision_encoder[decoder];
}

/** Types that compute in 32 bits and are not the one that failed, the smaller first: worth a try when numbers are not finite. */
export const saferDtypes = (failed: Dtype | null): readonly Dtype[] => PREFERENCE_32_BIT.filter((dtype) => dtype !== failed);

/**
 * The dtype to offer after a failure, or null. `available` are the model's dtypes by the memory they need, the least first; `failed` is
 * null when it is not known. Wrong numbers and missing 16-bit arithmetic lead to 32 bits (or, from there, to 16); too little memory to the
 * next smaller dtype; a full disk to none, because another download would not fit either.
 */
export function alternativeDtype(code: ErrorCode, failed: Dtype | null, available: readonly Dtype[]): Dtype | null {
  if (code === 'STORAGE_FULL') return null;
  if (code === 'OUT_OF_MEMORY') return failed === null ? null : (available[available.indexOf(failed) - 1] ?? null);
  const safer = saferDtypes(failed).find((dtype) => available.includes(dtype)) ?? null;
  if (code === 'NO_F16' || failed === null || is16Bit(failed)) return safer;
  return safer ?? available.find((dtype) => dtype !== failed) ?? null;
}
