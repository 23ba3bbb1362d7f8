/** What a metric is on both sides, and how sure their difference is. */
import { createCipheriv } from 'node:crypto';
import type { Metric, Numbers } from './metrics.ts';
import { quantile } from './spread.ts';

export type Compared = {
  name: string;
  plaintext: number | null;
  secure: number | null;
  /** Secure minus plaintext. */
  difference: number | null;
  /** 95 % of it; null where the metric is not defined. */
  interval: [low: number, high: number] | null;
};

/** Rows in parallel: what is right, and what each side answered. */
export type Sides = { right: Numbers; plain: Numbers; secure: Numbers };

const RESAMPLES = 1000;

/** Row numbers below n, n at a time, the same every time: AES-128 in counter mode. */
function draws(n: number): () => Uint32Array {
  const stream = createCipheriv('aes-128-ctr', 'puma / bootstrap', Buffer.alloc(16));
  const zeros = Buffer.alloc(4 * n);
  return () => {
    const bytes = stream.update(zeros);
    return Uint32Array.from({ length: n }, (_, i) => Math.floor((bytes.readUInt32LE(4 * i) / 2 ** 32) * n));
  };
}

/**
 * Paired percentile bootstrap (Efron and Tibshirani 1993, section 13): rows are drawn again with replacement, the same for both sides.
 * The same rows give the same interval every time.
 */
export function compareSides(metrics: readonly Metric[], { right, plain, secure }: Sides): Compared[] {
  const n = right.length;
  const draw = draws(n);
  const drawn = { right: new Float64Array(n), plain: new Float64Array(n), secure: new Float64Array(n) };
  const differences = metrics.map((): number[] => []);
  for (let k = 0; k < RESAMPLES; k++) {
    for (const [i, row] of draw().entries()) {
      drawn.right[i] = right[row]!;
      drawn.plain[i] = plain[row]!;
      drawn.secure[i] = secure[row]!;
    }
    metrics.forEach(({ of }, m) => {
      const difference = of(drawn.right, drawn.secure) - of(drawn.right, drawn.plain);
      if (Number.isFinite(difference)) differences[m]!.push(difference); // all rows drawn may be equal
    });
  }
  return metrics.map(({ name, of }, m) => {
    const [a, b] = [of(right, plain), of(right, secure)];
    const sorted = Float64Array.from(differences[m]!).sort();
    return {
      name,
      plaintext: finite(a),
      secure: finite(b),
      difference: finite(b - a),
      interval: sorted.length === 0 ? null : [quantile(sorted, 0.025), quantile(sorted, 0.975)],
    };
  });
}

const finite = (x: number): number | null => (Number.isFinite(x) ? x : null);
