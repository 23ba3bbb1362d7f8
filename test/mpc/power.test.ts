import { describe, expect, test } from 'vitest';
import { type Power, power, powerPrice, type Range } from '../../src/mpc/power.ts';
import { ERRORS } from './errors.ts';
import { concat, SIZES, uniform, worstRatio } from './numbers.ts';
import { fixed, masked, run } from './parties.ts';

const CASES: [keyof typeof ERRORS, Power, number, number, Range][] = [
  ['1/v', 'reciprocal', -1, 18, { low: 0, high: 10 }],
  ['1/sqrt v', 'rsqrt', -0.5, 30, { low: -14, high: 20 }],
];

describe.each(CASES)('%s', (name, kind, exponent, frac, range) => {
  const { low, high } = range;
  const tried = async (v: Float64Array, gain = 1) => {
    const x = fixed(v, frac);
    const { reals, bill } = await run([masked(x, { bits: 64, frac })], (p, a) => power(p, a, kind, range, gain));
    const want = x.map((a) => gain * (Number(a) / 2 ** frac) ** exponent);
    return { error: worstRatio(reals, want), bill };
  };

  test.each(SIZES)('%i elements', async (n) => {
    const { error } = await tried(uniform(n, low, high).map((e) => 2 ** e));
    expect(error).toBeLessThan(ERRORS[name].bound);
  });

  test('relative error below 2^-13 over the whole range, at most 10 rounds', async () => {
    const { error, bill } = await tried(uniform(8192, low, high).map((e) => 2 ** e));
    expect(error).toBeLessThan(Math.min(ERRORS[name].bound, 2 ** -13));
    expect(bill.rounds).toBeLessThanOrEqual(10);
  });

  test('at every power of two, one unit below and one above', async () => {
    const powers = Float64Array.from({ length: high - low }, (_, i) => 2 ** (low + i));
    const unit = 2 ** -frac;
    const { error } = await tried(
      concat(
        powers,
        powers.map((v) => v + unit),
        powers.map((v) => 2 * v - unit),
      ),
    );
    expect(error).toBeLessThan(ERRORS[name].bound);
  });

  test('with a gain', async () => {
    const { error } = await tried(
      uniform(500, low + 2, high).map((e) => 2 ** e),
      1.7,
    );
    expect(error).toBeLessThan(ERRORS[name].bound);
  });
});

test.each([
  ['reciprocal', 0, -1],
  ['reciprocal', 2, 3],
  ['reciprocal', 15, 1],
  ['reciprocal', 15, 9],
  ['rsqrt', 26, 22],
] as const)('%s, %i fractional bits, below 2^%i: whatever the scale', async (kind, frac, high) => {
  const low = Math.max(-frac, high - 12);
  const range = { low, high: Math.max(high, low + 2) };
  const x = fixed(
    uniform(200, range.low, range.high).map((e) => 2 ** e),
    frac,
  ).map((v) => (v > 0n ? v : 1n));
  const { reals, bill } = await run([masked(x, { bits: frac + range.high + 2, frac })], (p, v) =>
    power(p, v, kind, range),
  );
  expect(
    worstRatio(
      reals,
      x.map((v) => (2 ** frac / Number(v)) ** (kind === 'rsqrt' ? 0.5 : 1)),
    ),
  ).toBeLessThan(2 ** -13);
  const price = powerPrice(200, frac, range);
  expect([bill.rounds, bill.dealer]).toEqual([price.rounds, price.dealer]);
});

test('an argument whose ring does not fit the range is refused', async () => {
  const bad = run([masked([1n], { bits: 27, frac: 18 })], (p, v) => power(p, v, 'reciprocal', { low: 0, high: 10 }));
  await expect(bad).rejects.toThrow('the ring of v is too small for 0 .. 10');
});
