/**
 * Matrix products. Ring elements are split into limbs of 22 bits held in doubles, in which sums of products are exact:
 *   a b = a0 b0 + (a0 b1 + a1 b0) 2^22 + (a0 b2 + a1 b1 + a2 b0) 2^44   (mod 2^64)
 */
import type { Lanes, MatmulShape } from '../kernels.ts';
import { lowMask } from './ring.ts';

const { asUintN } = BigInt;

/** Terms between two carries: 3 products of 2 x 22 bits each, 128 times, stay below 2^53. */
const EXACT = 128;

type Limbs = readonly [Float64Array, Float64Array, Float64Array];

export function matmul(out: Lanes, a: Lanes, b: Lanes, shape: MatmulShape): void {
  const { batch, m, k, n, accumulate } = shape;
  const mask = lowMask(shape.bits);
  for (let i = 0; i < batch; i++) {
    const x = limbs(a.subarray(i * m * k, (i + 1) * m * k), m, k, shape.transposeA);
    const y = limbs(shape.shareB ? b : b.subarray(i * k * n, (i + 1) * k * n), n, k, !shape.transposeB);
    for (let r = 0; r < m; r++)
      for (let c = 0; c < n; c++) {
        const at = (i * m + r) * n + c;
        const sum = dot(x, r * k, y, c * k, k);
        out[at] = asUintN(64, (accumulate === 0 ? sum : out[at]! + BigInt(accumulate) * sum) & mask);
      }
  }
}

/** Limbs of a matrix [rows, cols], which is stored as [cols, rows] when `transposed`. */
function limbs(a: Lanes, rows: number, cols: number, transposed = false): Limbs {
  const halves = new Uint32Array(a.buffer, a.byteOffset, 2 * a.length);
  const out: Limbs = [new Float64Array(a.length), new Float64Array(a.length), new Float64Array(a.length)];
  for (let r = 0; r < rows; r++)
    for (let c = 0; c < cols; c++) {
      const from = 2 * (transposed ? c * rows + r : r * cols + c);
      const low = halves[from]!;
      const high = halves[from + 1]!;
      out[0][r * cols + c] = low & 0x3fffff;
      out[1][r * cols + c] = (low >>> 22) | ((high & 0xfff) << 10);
      out[2][r * cols + c] = high >>> 12;
    }
  return out;
}

function dot([a0, a1, a2]: Limbs, i: number, [b0, b1, b2]: Limbs, j: number, k: number): bigint {
  let sum = 0n;
  for (let from = 0; from < k; from += EXACT) {
    let s0 = 0;
    let s1 = 0;
    let s2 = 0;
    const end = Math.min(from + EXACT, k);
    for (let p = from; p < end; p++) {
      const x0 = a0[i + p]!;
      const x1 = a1[i + p]!;
      const y0 = b0[j + p]!;
      const y1 = b1[j + p]!;
      s0 += x0 * y0;
      s1 += x0 * y1 + x1 * y0;
      s2 += x0 * b2[j + p]! + x1 * y1 + a2[i + p]! * y0;
    }
    sum = asUintN(64, sum + BigInt(s0) + (BigInt(s1) << 22n) + (BigInt(s2) << 44n));
  }
  return sum;
}

export function matmulFloat(
  out: Float32Array,
  a: Float32Array,
  b: Float32Array,
  m: number,
  k: number,
  n: number,
): void {
  const sum = new Float64Array(8);
  for (let i = 0; i < m; i++)
    for (let j = 0; j < n; j++) {
      sum.fill(0);
      for (let p = 0; p < k; p++) sum[p & 7]! += a[i * k + p]! * b[j * k + p]!;
      const at = (q: number) => sum[q]! + sum[q + 4]!;
      out[i * n + j] = at(0) + at(2) + (at(1) + at(3));
    }
}
