import { ensure } from '../errors.ts';
import type { Kernels } from '../kernels/kernels.ts';
import type { AttentionOptions, Past, RelativeBias } from './ops.ts';
import type { PlainValue } from './plain-values.ts';
import { type Rotary, turnsOf } from './rotary.ts';

type Matmul = Pick<Kernels, 'matmulFloat'>;

/** Sees rows on the way: the scores of the keys that the row sees. */
export type AttentionWatch = { row(scores: Float32Array): void };

/** Ops.attention in floats, head by head. q [m, width], k, v [n - past, key width], mask [1, n] -> [m, width] */
export function attention(
  kernels: Matmul,
  q: PlainValue,
  k: PlainValue,
  v: PlainValue,
  mask: PlainValue | undefined,
  { heads, keyHeads = heads, causal = false, window, rotary, past, bias, first: at }: AttentionOptions<PlainValue>,
  watch?: AttentionWatch,
): PlainValue {
  const [m, width] = q.shape;
  const size = width / heads;
  const group = heads / keyHeads;
  ensure(
    [size, group].every(Number.isInteger) && k.shape[1] === keyHeads * size && v.shape[1] === k.shape[1],
    `attention: ${heads} heads of ${width} and ${keyHeads} of ${k.shape[1]}`,
  );
  const before = past?.rows ?? 0;
  const n = before + k.shape[0];
  ensure(v.shape[0] === k.shape[0] && (mask?.data.length ?? n) === n && m <= n, `attention: ${m} queries of ${n} keys`);
  const start = at ?? n - m;
  const queries = rotary ? turned(q, rotary, size, start) : q;
  const keys = joined(past?.keys, rotary ? turned(k, rotary, size, before) : k);
  const values = joined(past?.values, v);
  if (past) keep(past, n, keys, values);

  const out = new Float32Array(m * width);
  const scores = new Float32Array(m * n);
  const context = new Float32Array(m * size);
  for (let head = 0; head < heads; head++) {
    const from = head * size;
    const keyFrom = Math.floor(head / group) * size;
    kernels.matmulFloat(scores, columns(queries, from, size), columns(keys, keyFrom, size), m, size, n); // [m, n]
    for (let i = 0; i < m; i++) {
      const last = causal ? start + i : n - 1;
      const first = causal && window ? Math.max(0, last - window + 1) : 0;
      if (bias) addBias(scores.subarray(i * n, (i + 1) * n), start + i, head, bias);
      watch?.row(scores.subarray(i * n + first, i * n + last + 1));
      softmax2(scores.subarray(i * n, (i + 1) * n), mask?.data, last, first);
    }
    kernels.matmulFloat(context, scores, transposed(values, keyFrom, size), m, n, size); // [m, size]
    for (let i = 0; i < m; i++) {
      const entries = context.subarray(i * size, (i + 1) * size);
      out.set(entries, i * width + from);
    }
  }
  return { shape: [m, width], data: out };
}

/** Adds to the scores of the query at a position what goes with the distances of its keys. */
function addBias(row: Float32Array, at: number, head: number, { table, bucket }: RelativeBias<PlainValue>): void {
  for (let j = 0; j < row.length; j++) row[j]! += table.data[bucket(j - at) * table.shape[1] + head]!;
}

function keep(past: Past<PlainValue>, rows: number, keys: PlainValue, values: PlainValue): void {
  Object.assign(past, { rows, keys, values });
}

/** Rows of y under those of x. */
function joined(x: PlainValue | undefined, y: PlainValue): PlainValue {
  if (!x) return y;
  const data = new Float32Array(x.data.length + y.data.length);
  data.set(x.data);
  data.set(y.data, x.data.length);
  return { shape: [x.shape[0] + y.shape[0], y.shape[1]], data };
}

/** Every head of x [n, heads * size] turned by the positions of its rows, which begin at `from`. */
function turned(x: PlainValue, rotary: Rotary, size: number, from: number): PlainValue {
  const [n, width] = x.shape;
  const { cos, sin } = turnsOf(rotary, from, n);
  const half = size / 2;
  const data = new Float32Array(x.data.length);
  for (let i = 0; i < n; i++) {
    for (let at = i * width; at < (i + 1) * width; at += size) {
      for (let c = 0; c < half; c++) {
        const [a, b, turn] = [x.data[at + c]!, x.data[at + c + half]!, i * half + c];
        data[at + c] = a * cos[turn]! - b * sin[turn]!;
        data[at + c + half] = b * cos[turn]! + a * sin[turn]!;
      }
    }
  }
  return { shape: x.shape, data };
}

/**
 * 2^(s - max) / sum in place, over the entries that count: from `first` to `last`, and not 0 in the mask. The others become 0;
 * so does the whole row when none counts.
 */
export function softmax2(row: Float32Array, mask: Float32Array | undefined, last: number, first = 0): void {
  const counts = (j: number) => j >= first && j <= last && (mask === undefined || mask[j] !== 0);
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
