// A seeded generator whose numbers are the same, bit for bit, in every JavaScript engine.
//
// Math.log, cos, exp and pow may differ in the last bit between engines, so none of them is used here. Everything is
// 32-bit integer arithmetic, the IEEE operations + - * / (which the language rounds correctly) and the square root,
// which every engine computes with the processor's correctly rounded instruction.

export interface Random {
  /** A number in [0, 1) with 53 random bits. */
  uniform(): number;
  /** A standard normal number. */
  normal(): number;
}

/**
 * Makes a generator (xoshiro128**, Blackman and Vigna 2018) from a seed and a stream number.
 * Different streams of one seed are independent for all practical purposes.
 * @param seed whole number, 0..2^32-1 (other numbers are taken modulo 2^32)
 * @param stream whole number, likewise
 */
export function createRandom(seed: number, stream = 0): Random {
  const mix = splitMix(Math.imul(stream >>> 0, 0x9e3779b9) ^ splitMix(seed)());
  const next = xoshiro([mix(), mix(), mix(), mix() | 1]);
  let spare: number | null = null;

  const uniform = () => ((next() >>> 5) * 67108864 + (next() >>> 6)) / 9007199254740992;

  /** Marsaglia's polar method: a point in the unit disc gives two independent normal numbers. */
  const normal = () => {
    if (spare !== null) {
      const value = spare;
      spare = null;
      return value;
    }
    for (;;) {
      const u = 2 * uniform() - 1;
      const v = 2 * uniform() - 1;
      const s = u * u + v * v;
      if (s >= 1 || s === 0) continue;
      const factor = Math.sqrt((-2 * naturalLog(s)) / s);
      spare = v * factor;
      return u * factor;
    }
  };

  return { uniform, normal };
}

/** [length] standard normal numbers, rounded to 32-bit floats. */
export function normalArray(random: Random, length: number): Float32Array {
  const values = new Float32Array(length);
  for (let i = 0; i < length; i++) values[i] = random.normal();
  return values;
}

/** The xoshiro128** generator: 32-bit whole numbers, from a state that is not all zero. */
export function xoshiro(state: readonly [number, number, number, number]): () => number {
  let [a, b, c, d] = state;
  return () => {
    const result = Math.imul(rotateLeft(Math.imul(b, 5), 7), 9) >>> 0;
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = rotateLeft(d, 11);
    return result;
  };
}

function rotateLeft(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}

/** A counter with its bits well mixed; it spreads a small seed over a generator's whole state. */
function splitMix(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x9e3779b9) | 0;
    let bits = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
    bits = Math.imul(bits ^ (bits >>> 15), 0x735a2d97);
    return bits ^ (bits >>> 15);
  };
}

const LN2 = 0.6931471805599453;

/**
 * Natural logarithm of a positive normal number from + - * / alone, within 2 units in the last place over (0, 1).
 * The number is scaled by powers of two into [1/sqrt 2, sqrt 2), where ln m = 2 artanh((m-1)/(m+1)) converges fast.
 */
export function naturalLog(value: number): number {
  let m = value;
  let exponent = 0;
  while (m < 0.7071067811865476) {
    m *= 2;
    exponent -= 1;
  }
  while (m >= 1.4142135623730951) {
    m /= 2;
    exponent += 1;
  }
  const s = (m - 1) / (m + 1);
  const square = s * s;
  let series = 0;
  for (let k = 23; k >= 1; k -= 2) series = series * square + 1 / k;
  return exponent * LN2 + 2 * s * series;
}
