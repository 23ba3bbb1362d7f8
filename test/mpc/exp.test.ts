import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { exp2Neg, exp2NegPrice, expNeg } from '../../src/mpc/exp.ts';
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
  const y = concat(grid(0, 12, 2 ** -12), grid(10, 13, 2 ** -10), uniform(20_000, 12, 166));
  const { reals } = await run([maskedReals(y, { bits: 64, frac: 18 })], expNeg);
  const want = y.map((v) => Math.exp(-v));
  expect(worst(reals, want)).toBeLessThan(ERRORS['exp(-y)'].bound);
  expect(Math.abs(mean(want.map((v, i) => reals[i]! - v)))).toBeLessThan(1e-5);
});

test('exp(-0) is 1, every time: the argument is never taken below 0', async () => {
  const { reals } = await run([maskedReals(new Float64Array(4096), { bits: 64, frac: 18 })], expNeg);
  expect(worst(reals, new Float64Array(4096).fill(1))).toBeLessThan(ERRORS['exp(-y)'].bound);
});

/** Of an argument in Z_2^bits: below this, 2^-y is right. */
const reach = (bits: number): number => 2 ** (bits - 14) - 16;
const UNIT = 2 ** -15;

const binary = async (y: Float64Array, bits: number) =>
  (await run([maskedReals(y, { bits, frac: 14 })], exp2Neg)).reals;

/** The largest error; what is 16 or more must be 0, or one unit. */
async function error(y: Float64Array, bits: number): Promise<number> {
  const reals = await binary(y, bits);
  const far = reals.filter((_, i) => y[i]! >= 16);
  expect(far.every((v) => v === 0 || v === UNIT)).toBe(true);
  return worst(
    reals,
    y.map((v) => 2 ** -v),
  );
}

test('2^-y at every argument below 17, and zero from 16 on', async () => {
  const y = concat(grid(0, 17, 2 ** -14), uniform(20_000, 16, reach(26)));
  expect(await error(y, 26)).toBeLessThan(ERRORS['2^-y'].bound);
});

test('2^-y in every ring from 19 to 40 bits, to the end of its domain', async () => {
  const rings = fc.integer({ min: 19, max: 40 });
  const parts = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(rings, parts, async (bits, where) => {
      const last = reach(bits) - 2 ** -14;
      // anywhere, and as often near the beginning and the end
      const places = where.flatMap((part) => [part * last, Math.min(last, part * 40), Math.max(0, last - part * 40)]);
      const y = Float64Array.from([0, last, ...places], (v) => Math.round(v * 2 ** 14) / 2 ** 14);
      expect(await error(y, bits)).toBeLessThan(ERRORS['2^-y'].bound);
    }),
    { numRuns: 100 },
  );
});

test.each([
  [50, 15],
  [51, 15],
  [64, 15],
  [48, 14],
  [54, 17],
  [64, 20],
])('2^-y, computed in Z_2^%i with %i fractional bits', async (ring, frac) => {
  const to = { bits: ring, frac };
  const y = uniform(960, 0, 20).map((v) => Math.round(v * 2 ** 14) / 2 ** 14);
  const { reals, bill } = await run([maskedReals(y, { bits: 36, frac: 14 })], (p, v) => exp2Neg(p, v, to));
  for (const [i, v] of y.entries()) {
    const cut = v < 16 ? 0 : 2 ** -16;
    expect(Math.abs(reals[i]! - 2 ** -v)).toBeLessThan(cut + 1.8 * 2 ** -frac);
  }
  expect(bill).toEqual(exp2NegPrice(960, 36, to));
});

test.each([
  [49, 15, '2^-y with 15 fractional bits is computed in Z_2^50 or more'],
  [53, 17, '2^-y with 17 fractional bits is computed in Z_2^54 or more'],
])('a ring too small for 2^-y is refused: %i bits, %i of them fractional', async (bits, frac, message) => {
  const bad = run([maskedReals([1], { bits: 26, frac: 14 })], (p, v) => exp2Neg(p, v, { bits, frac }));
  await expect(bad).rejects.toThrow(message);
});

test.each([19, 26, 36])('2^-y in Z_2^%i: beyond the domain it is a large number for some masks', async (bits) => {
  const y = new Float64Array(256).fill(reach(bits) + 8);
  expect(Math.max(...(await binary(y, bits)))).toBeGreaterThan(2);
});

test.each([[{ bits: 26, frac: 13 }], [{ bits: 18, frac: 14 }]])(
  'an argument in the wrong form is refused: %o',
  async (format) => {
    const bad = run([maskedReals([1], format)], exp2Neg);
    await expect(bad).rejects.toThrow('exp2Neg takes 14 fractional bits in Z_2^19 or more');
  },
);
