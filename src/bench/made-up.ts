/** Numbers for measurements: as good as random, known to everybody, the same in every run. */
import type { Kernels, Lanes } from '../kernels/index.ts';

/** Lanes of stream number `stream`. */
export function uniformLanes(kernels: Kernels, stream: number, n: number): Lanes {
  const out = new BigUint64Array(n);
  const key = new Uint8Array(16);
  new DataView(key.buffer).setUint32(0, stream);
  kernels.prg(out, key, new Uint8Array(16));
  return out;
}

export type Range = { bits: number; frac: number; low: number; high: number };

/** Uniform lanes -> uniform numbers between low and high, as fixed point. */
export function toFixedLanes(kernels: Kernels, uniform: Lanes, { bits, frac, low, high }: Range): Lanes {
  const words = new Uint32Array(uniform.buffer, uniform.byteOffset, 2 * uniform.length);
  const numbers = new Float64Array(uniform.length);
  const step = (high - low) / 2 ** 32;
  for (let i = 0; i < numbers.length; i++) numbers[i] = low + step * words[2 * i]!;
  const out = new BigUint64Array(uniform.length);
  kernels.toFixed(out, numbers, frac, bits);
  return out;
}
