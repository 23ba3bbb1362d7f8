import type { Lanes } from '../kernels/index.ts';

/**
 * Public functions as integer tables. Evaluators multiply their halves by the same integers, so the tables must come out
 * equal on any machine: they are made by IEEE double additions, products and square roots alone (each rounds exactly), never
 * by sin, cos, exp or pow of a mathematical library.
 */

/** round(cos(2 pi i / 2^bits) 2^30). */
export function cosineTable(bits: number): Int32Array {
  const size = 2 ** bits;
  const cos = new Float64Array(size);
  const sin = new Float64Array(size);
  let [c, s] = [-1, 0]; // half a turn
  cos[0] = 1;
  const turns: [number, number][] = [];
  for (let bit = bits - 1; bit >= 0; bit--) {
    turns[bit] = [c, s];
    const half = Math.sqrt((1 + c) / 2);
    [c, s] = [half, bit === bits - 1 ? 1 : s / (2 * half)];
  }
  turns.forEach(([tc, ts], bit) => {
    for (let i = 0; i < 2 ** bit; i++) {
      cos[i + 2 ** bit] = cos[i]! * tc - sin[i]! * ts;
      sin[i + 2 ** bit] = sin[i]! * tc + cos[i]! * ts;
    }
  });
  const table = new Int32Array(size);
  for (let i = 0; i < size; i++) table[i] = Math.floor(cos[i]! * 2 ** 30 + 0.5);
  return table;
}

/** round(2^(1 - i / 2^bits) 2^p) for i < 2^bits: values from 2^(p + 1) down to just above 2^p. */
export function powerTable(bits: number, p: number): Lanes {
  const values = new Float64Array(2 ** bits);
  values[0] = 2;
  let root = 0.5;
  for (let bit = bits - 1; bit >= 0; bit--) {
    root = Math.sqrt(root); // 2^-(2^(bit - bits))
    const step = 2 ** bit;
    for (let i = 0; i < values.length; i += 2 * step) values[i + step] = values[i]! * root;
  }
  return BigUint64Array.from(values, (v) => BigInt(Math.floor(v * 2 ** p + 0.5)));
}

/** round(2^(i / 2^bits) 2^g) for i < 2^bits. */
export function risingTable(bits: number, g: number): Lanes {
  const values = new Float64Array(2 ** bits);
  values[0] = 1;
  let root = 2;
  for (let bit = bits - 1; bit >= 0; bit--) {
    root = Math.sqrt(root);
    const step = 2 ** bit;
    for (let i = 0; i < values.length; i += 2 * step) values[i + step] = values[i]! * root;
  }
  return BigUint64Array.from(values, (v) => BigInt(Math.floor(v * 2 ** g + 0.5)));
}
