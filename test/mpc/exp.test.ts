import { describe, expect, test } from 'vitest';
import { exp2Neg, expNeg } from '../../src/mpc/exp.ts';
import { ERRORS } from './errors.ts';
import { concat, grid, mean, SIZES, uniform, worst } from './numbers.ts';
import { maskedReals, run } from './parties.ts';

describe.each(SIZES)('%i elements', (n) => {
  test('exp(-y) and 2^-y', async () => {
    const y = uniform(n, 0, 20);
    const natural = await run([maskedReals(y, { bits: 64, frac: 18 })], expNeg);
    expect(
      worst(
        natural.reals,
        y.map((v) => Math.exp(-v)),
      ),
    ).toBeLessThan(ERRORS['exp(-y)'].bound);
    const exact = y.map((v) => Math.round(v * 2 ** 14) / 2 ** 14); // as 14 fractional bits hold it
    const binary = await run([maskedReals(exact, { bits: 26, frac: 14 })], exp2Neg);
    expect(
      worst(
        binary.reals,
        exact.map((v) => 2 ** -v),
      ),
    ).toBeLessThan(ERRORS['2^-y'].bound);
  });
});

test('exp(-y) over its whole domain: error below 1e-4, no bias', async () => {
  const y = concat(grid(0, 12, 2 ** -12), grid(10, 13, 2 ** -10), uniform(20_000, 12, 177));
  const { reals } = await run([maskedReals(y, { bits: 64, frac: 18 })], expNeg);
  const want = y.map((v) => Math.exp(-v));
  expect(worst(reals, want)).toBeLessThan(ERRORS['exp(-y)'].bound);
  expect(Math.abs(mean(want.map((v, i) => reals[i]! - v)))).toBeLessThan(1e-5);
});

test('exp(-0) is 1, every time: the argument is never taken below 0', async () => {
  const { reals } = await run([maskedReals(new Float64Array(4096), { bits: 64, frac: 18 })], expNeg);
  expect(worst(reals, new Float64Array(4096).fill(1))).toBeLessThan(ERRORS['exp(-y)'].bound);
});

test('2^-y at every argument below 17, and zero from 16 to 256', async () => {
  const y = concat(grid(0, 17, 2 ** -14), uniform(20_000, 16, 256));
  const { reals } = await run([maskedReals(y, { bits: 26, frac: 14 })], exp2Neg);
  expect(
    worst(
      reals,
      y.map((v) => 2 ** -v),
    ),
  ).toBeLessThan(ERRORS['2^-y'].bound);
  const { reals: far } = await run([maskedReals(uniform(4096, 17, 255), { bits: 26, frac: 14 })], exp2Neg);
  expect(Math.max(...far)).toBeLessThanOrEqual(2 ** -15);
});

test.each([[{ bits: 26, frac: 13 }], [{ bits: 21, frac: 14 }]])(
  'an argument in the wrong form is refused: %o',
  async (format) => {
    const bad = run([maskedReals([1], format)], exp2Neg);
    await expect(bad).rejects.toThrow('exp2Neg takes 14 fractional bits in Z_2^22 or more');
  },
);
