import { describe, expect, test } from 'vitest';
import { andNot, andNotPrice, select, toRing } from '../../src/mpc/select.ts';
import { integers, random, SIZES } from './numbers.ts';
import { masked, run, shared } from './parties.ts';

const coins = (n: number) => {
  const next = random(n + 1);
  return Array.from({ length: n }, () => Math.floor(2 * next()));
};

describe.each(SIZES)('%i elements', (n) => {
  test.each([8, 33, 64])('select in Z_2^%i: the value or zero', async (bits) => {
    const [b, x] = [coins(n), integers(n, bits - 1)];
    const { values } = await run([shared(b), masked(x, { bits })], (p, bit, v) => select(p, bit, v));
    expect(values[0]).toEqual(x.map((v, i) => (b[i] ? BigInt.asIntN(bits, v) : 0n)));
  });

  test.each([1, 20, 64])('bit to Z_2^%i, two lists in one round', async (bits) => {
    const [a, b] = [coins(n), coins(n + 3)];
    const { values, bill } = await run([shared(a), shared(b)], (p, x, y) => toRing(p, [x, y], bits));
    expect(values).toEqual([a, b].map((list) => list.map((v) => BigInt.asIntN(bits, BigInt(v)))));
    expect(bill.rounds).toBe(1);
  });
});

describe.each([
  [0, 3],
  [1, 1],
  [7, 1],
  [65, 2],
  [64, 43],
])('%i bits, %i others for each', (n, times) => {
  test.each([1, 20, 64])('a bit in Z_2^%i unless the other is set', async (bits) => {
    const [b, g] = [coins(n * times), coins(n)];
    const { values, bill } = await run([shared(b), shared(g)], (p, x, y) => andNot(p, x, y, bits));
    expect(values[0]).toEqual(b.map((v, i) => BigInt.asIntN(bits, BigInt(v & (1 - g[i % n]!)))));
    if (n % 64 === 0) expect(bill).toEqual(andNotPrice(n, times, bits));
    expect(bill.rounds).toBe(1);
  });
});

test('a bit in a ring unless the other is set: all four cases', async () => {
  const { values } = await run([shared([0, 0, 1, 1]), shared([0, 1, 0, 1])], (p, b, g) => andNot(p, b, g, 64));
  expect(values[0]).toEqual([0n, 0n, 1n, 0n]);
});

test('select into a smaller ring keeps the low bits', async () => {
  const x = [70_000n, -70_000n];
  const { values } = await run([shared([1, 1]), masked(x, { bits: 40 })], (p, b, v) => select(p, b, v, 16));
  expect(values[0]).toEqual(x.map((v) => BigInt.asIntN(16, v)));
});
