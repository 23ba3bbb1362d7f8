/** Two-sample tests of bytes: could these two piles come from one source? Each gives the chance of a worse difference by luck. */

/** Chance that a chi-square of so many degrees of freedom exceeds x (Wilson and Hilferty 1931). */
export function chiSquareTail(x: number, freedom: number): number {
  if (freedom < 1) return 1;
  const spread = 2 / (9 * freedom);
  return normalTail((Math.cbrt(x / freedom) - (1 - spread)) / Math.sqrt(spread));
}

/** Chance that a standard normal exceeds z: Mills' ratio as a continued fraction for the tail, a series near the middle. */
export function normalTail(z: number): number {
  if (z < 0) return 1 - normalTail(-z);
  const density = Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);
  if (z > 3) {
    let fraction = z;
    for (let i = 60; i > 0; i--) fraction = z + i / fraction;
    return density / fraction;
  }
  let [term, total] = [z, z];
  for (let i = 3; i < 200; i += 2) total += term *= (z * z) / i;
  return 0.5 - density * total;
}

export type Runs = readonly Uint8Array[];

/** Values of bytes, or of half bytes when there are few. */
export function byteTest(a: Runs, b: Runs): number {
  const [x, y] = [histogram(a), histogram(b)];
  return homogeneity(x, y);
}

/** Ones at every place of the message, run by run: two proportions each, their squares summed. */
export function bitTest(a: Runs, b: Runs): number {
  const [x, y] = [ones(a), ones(b)];
  const all = a.length + b.length;
  let [sum, freedom] = [0, 0];
  for (let i = 0; i < x.length; i++) {
    const p = (x[i]! + y[i]!) / all;
    if (p === 0 || p === 1) continue; // never set, or always: bits that pad, or a public constant
    const variance = ((p * (1 - p) * all) / (all - 1)) * (1 / a.length + 1 / b.length);
    sum += (x[i]! / a.length - y[i]! / b.length) ** 2 / variance;
    freedom += 1;
  }
  return chiSquareTail(sum, freedom);
}

/** Kolmogorov and Smirnov: 64-bit words as numbers in [0, 1). */
export function wordTest(a: Runs, b: Runs): number {
  const [x, y] = [words(a), words(b)];
  if (x.length === 0 || y.length === 0) return 1;
  let [i, j, distance] = [0, 0, 0];
  while (i < x.length && j < y.length) {
    const at = Math.min(x[i]!, y[j]!);
    while (x[i] === at) i++;
    while (y[j] === at) j++;
    distance = Math.max(distance, Math.abs(i / x.length - j / y.length));
  }
  return Math.min(1, 2 * Math.exp((-2 * distance ** 2 * x.length * y.length) / (x.length + y.length)));
}

/** Ones at every place of the message, against a fair coin; places that are never set are padding. */
export function fairTest(a: Runs): number {
  let [sum, freedom] = [0, 0];
  for (const count of ones(a)) {
    if (count === 0) continue;
    sum += (count - a.length / 2) ** 2 / (a.length / 4);
    freedom += 1;
  }
  return chiSquareTail(sum, freedom);
}

export const xorRuns = (a: Runs, b: Runs): Runs => a.map((run, i) => run.map((byte, j) => byte ^ b[i]![j]!));

function histogram(runs: Runs): Float64Array {
  const few = runs.reduce((n, run) => n + run.length, 0) < 2000;
  const counts = new Float64Array(few ? 16 : 256);
  for (const run of runs) {
    for (const byte of run) {
      if (!few) counts[byte]! += 1;
      else for (const half of [byte >> 4, byte & 15]) counts[half]! += 1;
    }
  }
  return counts;
}

function homogeneity(x: Float64Array, y: Float64Array): number {
  const total = (counts: Float64Array) => counts.reduce((sum, n) => sum + n, 0);
  const [p, q] = [Math.sqrt(total(y) / total(x)), Math.sqrt(total(x) / total(y))];
  let [sum, bins] = [0, 0];
  for (let i = 0; i < x.length; i++) {
    if (x[i]! + y[i]! === 0) continue;
    sum += (p * x[i]! - q * y[i]!) ** 2 / (x[i]! + y[i]!);
    bins += 1;
  }
  return chiSquareTail(sum, bins - 1);
}

function ones(runs: Runs): Float64Array {
  const counts = new Float64Array(8 * (runs[0]?.length ?? 0));
  for (const run of runs) {
    for (let i = 0; i < 8 * run.length; i++) counts[i]! += (run[i >> 3]! >> (i & 7)) & 1;
  }
  return counts;
}

function words(runs: Runs): Float64Array {
  const all = runs.flatMap((run) =>
    Array.from({ length: Math.floor(run.length / 8) }, (_, i) => {
      const view = new DataView(run.buffer, run.byteOffset + 8 * i, 8);
      return view.getUint32(4, true) / 2 ** 32 + view.getUint32(0, true) / 2 ** 64;
    }),
  );
  return Float64Array.from(all).sort();
}
