/** Numbers to try protocols on, and how far off the answers are. */

/** Nothing, one, less and more than a word of a bitmap, many. */
export const SIZES = [0, 1, 7, 65, 4096];

/** Numbers in [0, 1) from a seed (mulberry32): tests that measure errors repeat themselves. */
export function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** n numbers in [low, high). */
export function uniform(n: number, low: number, high: number, seed = 1): Float64Array {
  const next = random(seed);
  return Float64Array.from({ length: n }, () => low + (high - low) * next());
}

/** n numbers of normal distribution. */
export function normal(n: number, deviation = 1, seed = 1): Float64Array {
  const next = random(seed);
  return Float64Array.from(
    { length: n },
    () => deviation * Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next()),
  );
}

/** n integers below 2^bits in magnitude, the extremes first. */
export function integers(n: number, bits: number, seed = 1): bigint[] {
  const next = random(seed);
  const top = 1n << BigInt(bits);
  const extremes = [-top + 1n, top - 1n, 0n, -1n, 1n];
  const draw = () => BigInt.asIntN(bits + 1, BigInt(Math.floor(next() * 2 ** 32)) << 32n) + integer32(next);
  return Array.from({ length: n }, (_, i) => extremes[i] ?? BigInt.asIntN(bits + 1, draw()));
}

const integer32 = (next: () => number): bigint => BigInt(Math.floor(next() * 2 ** 32));

/** from, from + step, ... below to. */
export const grid = (from: number, to: number, step: number): Float64Array =>
  Float64Array.from({ length: Math.ceil((to - from) / step) }, (_, i) => from + i * step);

export const concat = (...parts: Float64Array[]): Float64Array => Float64Array.from(parts.flatMap((part) => [...part]));

/** Largest |got - want|. */
export const worst = (got: ArrayLike<number>, want: ArrayLike<number>): number => {
  let max = 0;
  for (let i = 0; i < want.length; i++) max = Math.max(max, Math.abs(got[i]! - want[i]!));
  return got.length === want.length && !Number.isNaN(max) ? max : Number.POSITIVE_INFINITY;
};

/** Largest |got / want - 1|. */
export const worstRatio = (got: ArrayLike<number>, want: ArrayLike<number>): number =>
  worst(
    Array.from(got, (v, i) => v / want[i]!),
    Array.from(want, () => 1),
  );

export const mean = (x: ArrayLike<number>): number => Array.from(x).reduce((sum, v) => sum + v, 0) / x.length;
