import { describe, expect, test } from 'vitest';
import { select, toRing } from '../../src/mpc/select.ts';
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

test('select into a smaller ring keeps the low bits', async () => {
  const x = [70_000n, -70_000n];
  const { values } = await run([shared([1, 1]), masked(x, { bits: 40 })], (p, b, v) => select(p, b, v, 16));
  expect(values[0]).toEqual(x.map((v) => BigInt.asIntN(16, v)));
});
