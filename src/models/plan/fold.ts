/** Folding of gains and scales into the linear layer that reads them: W (gamma n + beta) + b = (W diag(gamma)) n + (W beta + b). */

/** w [rows, cols] times gamma [cols] by columns, times a scale. */
export function scaleColumns(w: Float32Array, gamma: Float32Array | undefined, scale: number): Float32Array {
  if (!gamma && scale === 1) return w;
  const cols = gamma?.length ?? w.length;
  const out = new Float32Array(w.length);
  for (let start = 0; start < w.length; start += cols) {
    for (let c = 0; c < cols; c++) out[start + c] = w[start + c]! * (gamma ? gamma[c]! : 1) * scale;
  }
  return out;
}

/** (w beta + b) times a scale; b [rows], w [rows, cols], beta [cols]. Sums in double. */
export function biasThrough(
  b: Float32Array,
  w: Float32Array | undefined,
  beta: Float32Array | undefined,
  scale: number,
): Float32Array {
  if (!w || !beta) return scale === 1 ? b : b.map((value) => value * scale);
  const cols = beta.length;
  return b.map((value, row) => {
    let sum = value;
    for (let c = 0; c < cols; c++) sum += w[row * cols + c]! * beta[c]!;
    return sum * scale;
  });
}

/** x [rows, cols] less the mean of each of its rows. */
export function centreRows(x: Float32Array, cols: number): Float32Array {
  const out = new Float32Array(x.length);
  for (let start = 0; start < x.length; start += cols) {
    let sum = 0;
    for (let c = 0; c < cols; c++) sum += x[start + c]!;
    for (let c = 0; c < cols; c++) out[start + c] = x[start + c]! - sum / cols;
  }
  return out;
}

/** x [rows, cols] less the mean of each of its columns. */
export function centreColumns(x: Float32Array, cols: number): Float32Array {
  const mean = new Float64Array(cols);
  for (let i = 0; i < x.length; i++) mean[i % cols]! += x[i]!;
  for (let c = 0; c < cols; c++) mean[c]! /= x.length / cols;
  return x.map((value, i) => value - mean[i % cols]!);
}
