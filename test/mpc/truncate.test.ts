import { describe, expect, test } from 'vitest';
import { product } from '../../src/mpc/product.ts';
import { lift, rescale, rescalePrice, settle, truncate } from '../../src/mpc/truncate.ts';
import { integers, mean, SIZES, uniform, worst } from './numbers.ts';
import { additive, fixed, masked, run } from './parties.ts';
import { truncatedProducts } from './products.ts';

const units = (got: readonly bigint[], x: readonly bigint[], t: (i: number) => number) =>
  got.map((v, i) => Number(v - (x[i]! >> BigInt(t(i)))));

describe.each([
  [8, 1],
  [20, 12],
  [37, 18],
  [50, 48],
  [64, 18],
  [64, 62],
])('truncate in Z_2^%i by %i bits', (bits, t) => {
  test.each(SIZES)('%i elements, up to the largest allowed: the floor or one more, never a wrap', async (n) => {
    const x = integers(n, bits - 2);
    const { values } = await run([additive(x, { bits })], (p, z) => truncate(p, z, t));
    const over = new Set(units(values[0]!, x, () => t));
    for (const unit of over) expect([0, 1]).toContain(unit);
  });
});

test('truncate by a shift of its own per element', async () => {
  const x = integers(4096, 48);
  const shift = BigUint64Array.from(x, (_, i) => BigInt(1 + (i % 32)));
  const { values, bill } = await run([additive(x, { bits: 50 })], (p, z) =>
    truncate(p, z, { shift: p.deals ? undefined : shift, max: 32 }),
  );
  const over = new Set(units(values[0]!, x, (i) => 1 + (i % 32)));
  expect([...over].sort()).toEqual([0, 1]);
  expect(bill).toEqual({ rounds: 1, dealer: 32 * 4096, online: 2 * 4096 });
});

test.each([0, 63, 64])('truncate by %i bits of 64 is refused', async (t) => {
  const bad = run([additive([1n], { bits: 64 })], (p, z) => truncate(p, z, t));
  await expect(bad).rejects.toThrow(`cannot truncate ${t} bits in Z_2^64`);
});

test('a million products of the largest allowed size: no wrap error, no bias', async () => {
  const { wraps, error } = await truncatedProducts(2 ** 20);
  expect(wraps).toBe(0);
  expect(Math.abs(error)).toBeLessThan(0.01);
});

/** Ring and fraction before and after; what it costs: nothing, a truncation, a lift with it; the largest error in units. */
const CASES: [string, { bits: number; frac: number }, { bits: number; frac: number }, number | undefined, number][] = [
  ['the same', { bits: 30, frac: 10 }, { bits: 30, frac: 10 }, undefined, 0],
  ['a smaller ring', { bits: 30, frac: 10 }, { bits: 20, frac: 10 }, undefined, 0],
  ['bits to spare: free', { bits: 52, frac: 36 }, { bits: 28, frac: 14 }, undefined, 1],
  ['just enough to spare: free', { bits: 40, frac: 20 }, { bits: 32, frac: 12 }, undefined, 1],
  ['one bit short: truncate', { bits: 40, frac: 20 }, { bits: 33, frac: 12 }, 8, 1],
  ['the same ring: truncate', { bits: 64, frac: 36 }, { bits: 64, frac: 18 }, 18, 1],
  ['a larger ring: lift', { bits: 32, frac: 18 }, { bits: 64, frac: 18 }, 32, 0],
  ['a larger ring, less fraction: both at once', { bits: 46, frac: 29 }, { bits: 48, frac: 14 }, 17, 1],
  ['more fraction: multiply', { bits: 20, frac: 4 }, { bits: 20, frac: 5 }, undefined, 0],
  ['more fraction, in 64 bits', { bits: 64, frac: 16 }, { bits: 64, frac: 18 }, undefined, 0],
  ['more fraction in a larger ring: multiply, lift', { bits: 20, frac: 4 }, { bits: 30, frac: 8 }, 6, 0],
];

describe.each(CASES)('settle and rescale: %s', (_, from, to, dealt, error) => {
  test('right, at the price of its case', async () => {
    // Free cases may use the whole ring; otherwise |z| < 2^(k - 2). The result must fit the smaller ring.
    const size = Math.min(from.bits - (dealt === undefined ? 1 : 2), to.bits - 2 + from.frac - to.frac);
    const x = integers(4096, size);
    const want = x.map((v) => Number(v) / 2 ** (from.frac - to.frac));
    const { values, bill } = await run([additive(x, from)], (p, z) => rescale(p, z, to));
    expect(worst(values[0]!.map(Number), want)).toBeLessThanOrEqual(error);
    if (error > 0) expect(Math.abs(mean(values[0]!.map((v, i) => Number(v) - want[i]!)))).toBeLessThan(0.05);
    expect(bill).toEqual(rescalePrice(4096, from, to));
    expect(bill.dealer).toBe(4096 * (dealt ?? 0));
    const settled = await run([additive(x, from)], (p, z) => settle(p, z, to));
    expect(worst(settled.values[0]!.map(Number), want)).toBeLessThanOrEqual(error);
    expect(settled.bill.online - bill.online).toBe(2 * to.bits * 4096);
  });
});

test('lift is exact to the last bit, extremes included', async () => {
  for (const bits of [3, 16, 33, 63]) {
    const x = integers(4096, bits - 2);
    expect((await run([additive(x, { bits })], (p, z) => lift(p, z, 64))).values[0]).toEqual(x);
  }
});

test('multiply, truncate, remask: within one unit of the product', async () => {
  const [x, y] = [uniform(4096, -100, 100, 1), uniform(4096, -100, 100, 2)];
  const [a, b] = [fixed(x, 18), fixed(y, 18)];
  const { values } = await run(
    [masked(a, { bits: 64, frac: 18 }), masked(b, { bits: 64, frac: 18 })],
    async (p, u, v) => settle(p, await product(p, u, v), { bits: 64, frac: 18 }),
  );
  const exact = a.map((v, i) => Number(v * b[i]!) / 2 ** 18);
  expect(worst(values[0]!.map(Number), exact)).toBeLessThanOrEqual(1);
});
