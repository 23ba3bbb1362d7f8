import { describe, expect, test } from 'vitest';
import { attention as plainAttention } from '../../src/ops/plain-attention.ts';
import { attention, inverseSums, softmaxWeights } from '../../src/ops/secure-attention.ts';
import { ERRORS } from '../mpc/errors.ts';
import { normal, uniform, worst, worstRatio } from '../mpc/numbers.ts';
import type { Parts } from '../mpc/parties.ts';
import { kernels, maskedReals, run } from '../mpc/parties.ts';

const SCORES = { bits: 26, frac: 14 };

const softmax = (row: Float64Array) => {
  const powers = row.map((v) => 2 ** (v - Math.max(...row)));
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((v) => v / sum);
};

describe.each([
  [3, 1],
  [5, 2],
  [4, 7],
  [8, 65],
  [16, 128],
  [3, 512],
])('softmax of [%i, %i] scores', (rows, n) => {
  test.each([1, 6, 30])('of deviation %d', async (deviation) => {
    const x = normal(rows * n, deviation, n);
    const { reals } = await run([maskedReals(x, { ...SCORES, shape: [rows, n] })], (p, s) => softmaxWeights(p, s, n));
    for (let r = 0; r < rows; r++) {
      const got = Float64Array.from(reals.slice(r * n, (r + 1) * n));
      const sum = got.reduce((a, b) => a + b, 0);
      const want = softmax(x.subarray(r * n, (r + 1) * n));
      expect(
        worst(
          got.map((v) => v / sum),
          want,
        ),
      ).toBeLessThan(ERRORS.softmax.bound);
      expect(sum).toBeGreaterThan(0.97); // the largest weight is nearly 1, never above 1
      expect(Math.max(...got)).toBeLessThanOrEqual(1 + 2 ** -15);
    }
  });
});

test('equal scores, and scores 255 apart', async () => {
  const x = Float64Array.of(5, 5, 5, 5, 200, -55, -55, -55);
  const { reals } = await run([maskedReals(x, { ...SCORES, shape: [2, 4] })], (p, s) => softmaxWeights(p, s, 4));
  expect(worstRatio(reals.slice(0, 4), Array(4).fill(reals[0]))).toBeLessThan(2e-4);
  expect(reals.slice(5)).toEqual([0, 0, 0]);
});

test('reciprocal of the sum of a row', async () => {
  const x = uniform(64 * 50, 0.02, 1);
  const { reals } = await run([maskedReals(x, { bits: 46, frac: 15, shape: [64, 50] })], (p, w) =>
    inverseSums(p, w, 50),
  );
  const want = Array.from({ length: 64 }, (_, r) => 1 / x.subarray(50 * r, 50 * r + 50).reduce((a, b) => a + b, 0));
  expect(worstRatio(reals, want)).toBeLessThan(2 ** -12.5);
});

const K52 = { bits: 52, frac: 18 };

describe.each([
  ['one key', 1, 1, 2, 4],
  ['square', 9, 9, 3, 4],
  ['one query', 1, 9, 2, 5],
  ['wide', 6, 40, 1, 64],
])('attention, %s', (_, m, n, heads, size) => {
  test.each([false, true])('padded: %s', async (padded) => {
    const width = heads * size;
    const value = (rows: number, scale: number, seed: number) => normal(rows * width, scale, seed);
    const [q, k, v] = [value(m, 1.5, 1), value(n, 1.5, 2), value(n, 3, 3)];
    const mask = Float64Array.from({ length: n }, (_, i) => (padded && i > 0 && i >= n - 3 ? 0 : 1));
    const input = (x: Float64Array, rows: number) => maskedReals(x, { ...K52, shape: [rows, width] });
    const parts = [input(q, m), input(k, n), input(v, n), maskedReals(mask, { bits: 32, shape: [1, n] })] as const;
    const { reals } = await run(
      [...parts] as [Parts<never>, Parts<never>, Parts<never>, Parts<never>],
      (p, a, b, c, d) => attention(p, a, b, c, padded ? d : undefined, heads),
    );
    const plain = (x: Float64Array, rows: number) => ({ shape: [rows, width] as const, data: Float32Array.from(x) });
    const masked = { shape: [1, n] as const, data: Float32Array.from(mask) };
    const want = plainAttention(kernels, plain(q, m), plain(k, n), plain(v, n), padded ? masked : undefined, { heads });
    expect(worst(reals, want.data)).toBeLessThan(2e-3);
  });
});
