/** How far apart many numbers are: largest, mean and percentiles, also where the numbers are too many to keep. */
import { z } from 'zod';
import type { Numbers } from './metrics.ts';

/**
 * Distances of two lists of finite numbers, counted in bins: so many of [2^(b/32), 2^((b+1)/32)) by b, in order of b. Equal numbers, and those closer than
 * 2^-40, are in no bin. Spreads of several lists add up.
 */
export const Spread = z.strictObject({
  count: z.int().nonnegative(),
  max: z.number(),
  sum: z.number(),
  bins: z.array(z.tuple([z.int(), z.int().positive()])),
});
export type Spread = z.infer<typeof Spread>;

export type Percentiles = { max: number; mean: number; p50: number; p90: number; p99: number; p999: number };

const PER_OCTAVE = 32;
const LEAST = -40 * PER_OCTAVE;
const MOST = 64 * PER_OCTAVE;

export function spreadOf(a: Numbers, b: Numbers): Spread {
  const counts = new Uint32Array(MOST - LEAST + 1);
  let [max, sum] = [0, 0];
  for (let i = 0; i < a.length; i++) {
    const distance = Math.abs(a[i]! - b[i]!);
    if (distance > max) max = distance;
    sum += distance;
    const bin = Math.floor(Math.log2(distance) * PER_OCTAVE);
    if (bin >= LEAST) counts[Math.min(bin, MOST) - LEAST]! += 1;
  }
  return { count: a.length, max, sum, bins: filled(counts) };
}

export function mergeSpreads(spreads: readonly Spread[]): Spread {
  const counts = new Float64Array(MOST - LEAST + 1);
  let [count, max, sum] = [0, 0, 0];
  for (const spread of spreads) {
    count += spread.count;
    max = Math.max(max, spread.max);
    sum += spread.sum;
    for (const [bin, n] of spread.bins) counts[bin - LEAST]! += n;
  }
  return { count, max, sum, bins: filled(counts) };
}

function filled(counts: Numbers): [number, number][] {
  const bins: [number, number][] = [];
  for (let i = 0; i < counts.length; i++) if (counts[i]! > 0) bins.push([i + LEAST, counts[i]!]);
  return bins;
}

/** Percentiles are the upper ends of their bins: too large by 2.2 % at most. */
export function percentilesOf(spread: Spread): Percentiles {
  const at = (p: number) => binned(spread, p);
  const { max, sum, count } = spread;
  return { max, mean: sum / count, p50: at(0.5), p90: at(0.9), p99: at(0.99), p999: at(0.999) };
}

function binned({ count, max, bins }: Spread, p: number): number {
  let above = count - rank(count, p); // how many are larger
  for (const [bin, n] of bins.toReversed()) {
    if (above < n) return Math.min(max, 2 ** ((bin + 1) / PER_OCTAVE));
    above -= n;
  }
  return 0;
}

/** Exact ones, of distances that were all kept. */
export function percentilesOfAll(distances: Numbers): Percentiles {
  const sorted = Float64Array.from(distances).sort();
  const at = (p: number) => quantile(sorted, p);
  const mean = sorted.reduce((a, b) => a + b, 0) / sorted.length;
  return { max: sorted.at(-1)!, mean, p50: at(0.5), p90: at(0.9), p99: at(0.99), p999: at(0.999) };
}

/** The smallest number of an ascending list that a share p of the list does not exceed. */
export const quantile = (sorted: Float64Array, p: number): number => sorted[rank(sorted.length, p) - 1]!;

/** From 1. Rounding of p must not push a whole number up. */
const rank = (n: number, p: number): number => Math.max(1, Math.ceil(n * p - 1e-9));
