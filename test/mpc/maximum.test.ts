import { describe, expect, test } from 'vitest';
import { argmax, argmaxPrice, equalRows, rowMax, rowMaxPrice } from '../../src/mpc/maximum.ts';
import { integers } from './numbers.ts';
import { masked, run } from './parties.ts';

const split = (x: readonly bigint[], cols: number) =>
  Array.from({ length: x.length / cols }, (_, r) => x.slice(r * cols, (r + 1) * cols));
const largest = (row: readonly bigint[]) => row.toSorted((a, b) => (a < b ? 1 : -1))[0]!;

describe.each([
  [1, 1],
  [3, 1],
  [1, 2],
  [5, 3],
  [4, 7],
  [3, 64],
  [7, 65],
  [64, 128],
])('row maximum of [%i, %i]', (rows, cols) => {
  test.each([12, 20, 64])('in Z_2^%i: exact', async (bits) => {
    const x = integers(rows * cols, bits - 2, rows);
    const { values, bill } = await run([masked(x, { bits, shape: [rows, cols] })], (p, v) =>
      rowMax(p, v, equalRows(rows, cols)),
    );
    expect(values[0]).toEqual(split(x, cols).map(largest));
    expect(bill.rounds).toBe(rowMaxPrice(equalRows(rows, cols), bits).rounds);
  });
});

test('equal entries, and all of them equal', async () => {
  const x = [4n, 4n, -4n, 4n, 0n, 0n, 0n, 0n];
  const { values } = await run([masked(x, { bits: 20 })], (p, v) => rowMax(p, v, [4, 4]));
  expect(values[0]).toEqual([4n, 0n]);
});

describe('argmax', () => {
  test.each([1, 2, 3, 7, 64, 65, 1000])('of %i entries', async (n) => {
    const x = integers(n, 24, n);
    const { values, bill } = await run([masked(x, { bits: 26, frac: 14 })], async (p, v) => {
      const { value, index } = await argmax(p, v, 12);
      return [value, index];
    });
    const best = largest(x);
    expect(values).toEqual([[best], [BigInt(x.indexOf(best))]]);
    const price = argmaxPrice(n, 26, 12);
    expect(bill.rounds).toBe(price.rounds);
    expect(bill.dealer).toBeGreaterThanOrEqual(price.dealer);
    expect(bill.online).toBeGreaterThanOrEqual(price.online);
    // late levels are short and fill their bytes badly
    const levels = Math.ceil(Math.log2(n));
    expect(bill.dealer - price.dealer).toBeLessThanOrEqual(7 * 100 * levels);
    expect(bill.online - price.online).toBeLessThanOrEqual(7 * 50 * levels);
  });

  test.each([0, 1, 2, 3, 4])('the winner at place %i of five', async (at) => {
    const x = Array.from({ length: 5 }, (_, i) => (i === at ? 9n : BigInt(-i)));
    const { values } = await run([masked(x, { bits: 20 })], async (p, v) => (await argmax(p, v, 4)).index);
    expect(values[0]).toEqual([BigInt(at)]);
  });

  test('of equal entries one of them wins', async () => {
    for (const x of [
      [0n, 5n, 5n, 0n],
      [5n, 0n, 0n, 5n],
      [5n, 5n, 5n, 5n],
    ]) {
      const { values } = await run([masked(x, { bits: 20 })], async (p, v) => (await argmax(p, v, 4)).index);
      expect(x[Number(values[0]![0])]).toBe(5n);
    }
  });
});
