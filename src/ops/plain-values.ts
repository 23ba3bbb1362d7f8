/** Values of the plain interpreter and the elementwise functions on them. */

/** A matrix of floats, row by row. An input of hot rows has `hot` instead, and no data: [n, vocabulary] is never made. */
export type PlainValue = {
  shape: readonly [rows: number, cols: number];
  data: Float32Array;
  hot?: readonly (readonly number[])[];
};

/** The client's input rows: ones at hot[i] of row i. */
export function hotInput(rows: { width: number; hot: readonly (readonly number[])[] }): PlainValue {
  return { shape: [rows.hot.length, rows.width], data: new Float32Array(0), hot: rows.hot };
}

/** The mask [1, n]: 1 for a token that counts, 0 for padding. */
export function maskInput(mask: readonly number[]): PlainValue {
  return { shape: [1, mask.length], data: Float32Array.from(mask) };
}

/** 2 / sqrt(pi) exp(-x^2) sum over n of 2^n x^(2n+1) / (2n+1)!!: terms of one sign, relative error below 1e-15. */
export function erf(x: number): number {
  const square = x * x;
  if (square >= 36) return Math.sign(x);
  let term = x;
  let sum = x;
  for (let odd = 3; Math.abs(term) > 1e-17 * Math.abs(sum); odd += 2) {
    term *= (2 * square) / odd;
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-square) * sum;
}

/** The activations as functions of a number, by the names in Ops. */
export const ACTIVATIONS = {
  gelu: (x: number) => 0.5 * x * (1 + erf(x * Math.SQRT1_2)),
  gelu_new: (x: number) => 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x))),
  relu: (x: number) => Math.max(x, 0),
  tanh: Math.tanh,
  silu: (x: number) => x / (1 + Math.exp(-x)),
};
