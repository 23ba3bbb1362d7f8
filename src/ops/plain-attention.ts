import { ensure } from '../errors.ts';
import type { Kernels } from '../kernels/kernels.ts';
import type { AttentionOptions } from './ops.ts';
import type { PlainValue } from './plain-values.ts';

type Matmul = Pick<Kernels, 'matmulFloat'>;

/** Ops.attention in floats, head by head. q [m, width], k, v [n, width], mask [1, n] -> [m, width] */
export function attention(
  kernels: Matmul,
  q: PlainValue,
  k: PlainValue,
  v: PlainValue,
  mask: PlainValue | undefined,
  { heads, causal = false }: AttentionOptions,
): PlainValue {
  const [m, width] = q.shape;
  const n = k.shape[0];
  const size = width / heads;
  ensure(
    Number.isInteger(size) && k.shape[1] === width && v.shape[1] === width,
    `attention: ${heads} heads of ${width}`,
  );
  ensure(v.shape[0] === n && (mask?.data.length ?? n) === n && m <= n, `attention: ${m} queries of ${n} keys`);
  const out = new Float32Array(m * width);
  const scores = new Float32Array(m * n);
  const context = new Float32Array(m * size);

  for (let head = 0; head < heads; head++) {
    const from = head * size;
    kernels.matmulFloat(scores, columns(q, from, size), columns(k, from, size), m, size, n); // [m, n]
    for (let i = 0; i < m; i++) {
      softmax2(scores.subarray(i * n, (i + 1) * n), mask?.data, causal ? i + n - m : n - 1);
    }
    kernels.matmulFloat(context, scores, transposed(v, from, size), m, n, size); // [m, size]
    for (let i = 0; i < m; i++) out.set(context.subarray(i * size, (i + 1) * size), i * width + from);
  }
  return { shape: [m, width], data: out };
}

/**
 * 2^(s - max) / sum in place, over the entries that count: up to `last`, and not 0 in the mask. The others become 0;
 * so does the whole row when none counts.
 */
export function softmax2(row: Float32Array, mask: Float32Array | undefined, last: number): void {
  const counts = (j: number) => j <= last && (mask === undefined || mask[j] !== 0);
  let max = Number.NEGATIVE_INFINITY;
  for (let j = 0; j < row.length; j++) if (counts(j)) max = Math.max(max, row[j]!);

  let sum = 0;
  for (let j = 0; j < row.length; j++) {
    const power = counts(j) ? 2 ** (row[j]! - max) : 0;
    sum += power;
    row[j] = power;
  }
  for (let j = 0; j < row.length; j++) row[j]! /= sum || 1;
}

/** Columns from .. from + size - 1 of x [n, width] -> [n, size] */
function columns(x: PlainValue, from: number, size: number): Float32Array {
  const [n, width] = x.shape;
  const out = new Float32Array(n * size);
  for (let i = 0; i < n; i++) out.set(x.data.subarray(i * width + from, i * width + from + size), i * size);
  return out;
}

/** The same columns as rows: [size, n] */
function transposed(x: PlainValue, from: number, size: number): Float32Array {
  const [n, width] = x.shape;
  const out = new Float32Array(n * size);
  for (let i = 0; i < n; i++) {
    for (let c = 0; c < size; c++) out[c * n + i] = x.data[i * width + from + c]!;
  }
  return out;
}
