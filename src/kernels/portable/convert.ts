/** Between floating point and the ring. */
import type { Lanes } from '../kernels.ts';

export function toFixed(out: Lanes, x: Float32Array | Float64Array, frac: number, bits: number): number {
  const unit = 2 ** frac;
  const limit = 2 ** (bits - 2);
  for (let i = 0; i < out.length; i++) {
    const v = x[i]! * unit;
    const size = Math.floor(Math.abs(v) + 0.5);
    if (!(size < limit)) return i;
    out[i] = BigInt(v < 0 ? -size : size);
  }
  return -1;
}

export function toFloat(out: Float64Array, a: Lanes, bits: number, frac: number): void {
  const unit = 2 ** -frac;
  for (let i = 0; i < out.length; i++) out[i] = Number(BigInt.asIntN(bits, a[i]!)) * unit;
}

/** Written as bits, so that a NaN keeps its payload. Half: sign, 5 bits of exponent (bias 15), 10 of mantissa. */
export function halfToFloat(out: Float32Array, half: Uint16Array): void {
  const to = new Uint32Array(out.buffer, out.byteOffset, out.length);
  for (let i = 0; i < out.length; i++) {
    const h = half[i]!;
    const exponent = (h >> 10) & 31;
    if (exponent === 0) {
      out[i] = (h & 0x8000 ? -1 : 1) * (h & 0x3ff) * 2 ** -24;
    } else {
      const biased = exponent === 31 ? 255 : exponent + 112;
      to[i] = ((h & 0x8000) << 16) | (biased << 23) | ((h & 0x3ff) << 13);
    }
  }
}

export function bfloatToFloat(out: Float32Array, bfloat: Uint16Array): void {
  const to = new Uint32Array(out.buffer, out.byteOffset, out.length);
  for (let i = 0; i < out.length; i++) to[i] = bfloat[i]! << 16;
}
