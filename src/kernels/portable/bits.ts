/** Bitmaps: 64 bits a word, bits beyond the last are zero. */
import type { Bitmap, Lanes } from '../kernels.ts';

const { asUintN } = BigInt;

/** Bit i of a bitmap, 0n or 1n. */
export const bitAt = (map: Bitmap, i: number): bigint => asUintN(64, asUintN(64, map[i >>> 6]! >> BigInt(i & 63)) & 1n);

/** In 32-bit halves: bit first + j of lane i goes to bit i mod 32 of a half word of plane j. */
export function planes(out: Bitmap, a: Lanes, first: number, count: number): void {
  const to = new Uint32Array(out.buffer, out.byteOffset, 2 * out.length).fill(0);
  const from = new Uint32Array(a.buffer, a.byteOffset, 2 * a.length);
  const width = 2 * Math.ceil(a.length / 64);
  for (let j = 0; j < count; j++) {
    const half = (first + j) >> 5;
    const shift = (first + j) & 31;
    for (let i = 0; i < a.length; i++) to[j * width + (i >> 5)]! |= ((from[2 * i + half]! >>> shift) & 1) << (i & 31);
  }
}

export function xor(out: Bitmap, a: Bitmap, b: Bitmap): void {
  for (let i = 0; i < out.length; i++) out[i] = asUintN(64, a[i]! ^ b[i]!);
}

export function and(out: Bitmap, a: Bitmap, b: Bitmap): void {
  for (let i = 0; i < out.length; i++) out[i] = asUintN(64, a[i]! & b[i]!);
}

export function andXor(out: Bitmap, a: Bitmap, b: Bitmap): void {
  for (let i = 0; i < out.length; i++) out[i] = asUintN(64, out[i]! ^ asUintN(64, a[i]! & b[i]!));
}

export function not(out: Bitmap, a: Bitmap, n: number): void {
  for (let i = 0; i < out.length; i++) out[i] = asUintN(64, a[i]! ^ 0xffff_ffff_ffff_ffffn);
  if (n % 64 !== 0) out[out.length - 1] = out[out.length - 1]! & ((1n << BigInt(n % 64)) - 1n);
}

export function spread(out: Lanes, bits: Bitmap): void {
  for (let i = 0; i < out.length; i++) out[i] = bitAt(bits, i);
}

export function blend(out: Lanes, c: Bitmap, d: Lanes, e: Lanes): void {
  for (let i = 0; i < out.length; i++) {
    const s = bitAt(c, i);
    out[i] = asUintN(64, asUintN(64, s * d[i]!) + asUintN(64, asUintN(64, 1n - asUintN(64, 2n * s)) * e[i]!));
  }
}
