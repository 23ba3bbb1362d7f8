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
