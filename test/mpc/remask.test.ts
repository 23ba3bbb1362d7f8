import { describe, expect, test } from 'vitest';
import { remask, remaskPrice } from '../../src/mpc/remask.ts';
import { integers, SIZES } from './numbers.ts';
import { additive, run } from './parties.ts';

describe.each([1, 3, 20, 37, 63, 64])('remask in Z_2^%i', (bits) => {
  test.each(SIZES)('%i elements: the same secret, masked', async (n) => {
    const x = integers(n, bits - 1);
    const { values, bill } = await run([additive(x, { bits })], (p, z) => remask(p, z));
    expect(values[0]).toEqual(x.map((v) => BigInt.asIntN(bits, v)));
    const price = remaskPrice(n, bits);
    expect(bill).toMatchObject({ rounds: price.rounds, dealer: 0 });
    expect(bill.online - price.online).toBeLessThan(16); // two messages of whole bytes
  });
});

test('into a smaller ring: the low bits travel, and no more', async () => {
  const x = integers(64, 40);
  const { values, bill } = await run([additive(x, { bits: 64, frac: 2 })], (p, z) => remask(p, z, 20));
  expect(values[0]).toEqual(x.map((v) => BigInt.asIntN(20, v)));
  expect(bill).toEqual(remaskPrice(64, 20));
});

test('into a larger ring is refused: lift it', async () => {
  const bad = run([additive([1n], { bits: 20 })], (p, z) => remask(p, z, 21));
  await expect(bad).rejects.toThrow('cannot remask Z_2^20 into Z_2^21');
});
