import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { blockSizes, blocksPrice } from '../../src/mpc/blocks.ts';
import { below, belowPrice, lessThanMask, mergePrice } from '../../src/mpc/compare.ts';
import { integers, SIZES } from './numbers.ts';
import { masked, run } from './parties.ts';

describe.each([1, 2, 3, 4, 6])('lessThanMask over %i bits', (bits) => {
  test.each([2, 3])('radix %i: every pair of m and l', async (radix) => {
    const size = 2 ** bits;
    const pairs = Array.from(
      { length: size * size },
      (_, i) => [BigInt(i % size), BigInt(Math.floor(i / size))] as const,
    );
    const m = BigUint64Array.from(pairs, ([v]) => v + (7n << BigInt(bits))); // higher bits are not looked at
    const l = BigUint64Array.from(pairs, ([, v]) => v + (9n << BigInt(bits)));
    const { values } = await run([], async (p) => {
      const [mask, open] = p.deals ? [l, undefined] : [undefined, m];
      return (await lessThanMask(p, mask, [open], pairs.length, bits, { radix })).less;
    });
    expect(values[0]).toEqual(pairs.map(([a, b]) => BigInt(a < b)));
  });
});

describe.each([2, 3, 18, 32, 63, 64])('below in Z_2^%i', (bits) => {
  test.each(SIZES)('%i elements, exact over half the ring', async (n) => {
    const x = integers(n, bits - 2);
    const thresholds = bits > 4 ? [0n, 1n, -3n, x.at(-1) ?? 0n] : [0n];
    const { values } = await run([masked(x, { bits })], (p, a) => below(p, a, thresholds));
    thresholds.forEach((t, i) => {
      expect(values[i]).toEqual(x.map((v) => BigInt(v < t)));
    });
  });
});

test('below: whatever the ring, the radix and the threshold', async () => {
  const cases = fc.integer({ min: 3, max: 64 }).chain((n) => {
    const half = 2n ** BigInt(n - 2) - 1n;
    const value = fc.bigInt({ min: -half, max: half });
    return fc.record({
      n: fc.constant(n),
      radix: fc.integer({ min: 2, max: 4 }),
      x: fc.array(value, { minLength: 1, maxLength: 70 }),
      thresholds: fc.array(value, { minLength: 1, maxLength: 4 }),
    });
  });
  const property = fc.asyncProperty(cases, async ({ n, radix, x, thresholds }) => {
    const { values, bill } = await run([masked(x, { bits: n })], (p, a) => below(p, a, thresholds, { radix }));
    expect(values).toEqual(thresholds.map((t) => x.map((v) => BigInt(v < t))));
    expect(bill.rounds).toBe(belowPrice(1, 1, n, radix).rounds);
  });
  await fc.assert(property, { numRuns: 60 });
});

test.each([
  [0n, 32n],
  [32n * 5n, 32n],
  [31n, 64n],
  [-17n, 64n],
])('below %i with 5 bits left out: wrong only just below it', async (threshold, fuzz) => {
  const x = Array.from({ length: 600 }, (_, i) => BigInt(i - 300));
  const { values } = await run([masked(x, { bits: 28 })], (p, a) => below(p, a, [threshold], { t: 5, n: 18 }));
  values[0]!.forEach((bit, i) => {
    const distance = x[i]! - threshold;
    if (distance >= 0n || distance <= -fuzz) expect(bit).toBe(BigInt(distance < 0n));
  });
});

test('more bits than the ring has are refused', async () => {
  const bad = run([masked([1n], { bits: 20 })], (p, x) => below(p, x, [0n], { t: 5, n: 16 }));
  await expect(bad).rejects.toThrow('cannot compare 16 bits of Z_2^20 less 5');
});

test('prices of the parts', () => {
  expect(blockSizes(17)).toEqual([3, 3, 3, 3, 3, 2]);
  expect(blocksPrice(17)).toBe(5 * 7 + 3);
  expect(mergePrice(1, 2)).toEqual({ rounds: 0, dealer: 0, online: 0 });
  expect(mergePrice(2, 2)).toEqual({ rounds: 1, dealer: 1, online: 4 });
  expect([6, 9, 21].map((blocks) => mergePrice(blocks, 3).rounds)).toEqual([2, 2, 3]);
  expect(belowPrice(64, 1, 18)).toEqual({ rounds: 3, dealer: 64 * 46, online: 64 * 24 });
});
