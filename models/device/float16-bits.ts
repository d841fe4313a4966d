// Writes float32 numbers as the bits of float16 ones, for browsers that have no Float16Array.

/**
 * The bits of each value as an IEEE float16, rounded to nearest, ties to even. For values of magnitude 0 or 2^-14 to 65504 (float16's
 * normal range); what is smaller becomes zero, what is larger or no number becomes infinity.
 */
export function float16Bits(values: Float32Array): Uint16Array {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  return Uint16Array.from(bits, (word) => {
    const sign = (word >>> 16) & 0x8000;
    // 13 bits of the fraction are dropped; a carry out of it makes the exponent one larger, as it should be.
    const magnitude = (word & 0x7fffffff) + 0xfff + ((word >>> 13) & 1);
    // The exponent's bias is 127 in float32 and 15 in float16.
    const half = (magnitude >>> 13) - (112 << 10);
    return sign | (half < 0x400 ? 0 : Math.min(half, 0x7c00));
  });
}
