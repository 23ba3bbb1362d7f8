import { describe, expect, test } from 'vitest';
import { type Power, power, powerPrice, type Range, type Reading } from '../../src/mpc/power.ts';
import type { Masked } from '../../src/mpc/values.ts';
import { ERRORS } from './errors.ts';
import { concat, SIZES, uniform, worstRatio } from './numbers.ts';
import { fixed, masked, run } from './parties.ts';

type Case = { name: keyof typeof ERRORS; kind: Power; exponent: number; readings: (Range & { frac: number })[] };

const CASES: Case[] = [
  { name: '1/v', kind: 'reciprocal', exponent: -1, readings: [{ low: 0, high: 10, frac: 18 }] },
  { name: '1/sqrt v', kind: 'rsqrt', exponent: -0.5, readings: [{ low: -14, high: 20, frac: 30 }] },
  {
    name: '1/sqrt v of three readings',
    kind: 'rsqrt',
    exponent: -0.5,
    readings: [
      { low: -18, high: 26, frac: 36 },
      { low: 26, high: 36, frac: 8 },
      { low: 36, high: 48, frac: -8 },
    ],
  },
];

/** Readings of v: with the digits that each has, modulo its ring. */
const sharedReadings = (v: Float64Array, readings: Case['readings']) =>
  readings.map(({ frac, high }) => masked(fixed(v, frac), { bits: frac + high + 2, frac }));

const read = (own: readonly Masked[], ranges: readonly Range[]): Reading[] => own.map((v, i) => ({ ...ranges[i]!, v }));

describe.each(CASES)('$name', ({ name, kind, exponent, readings }) => {
  const [low, high] = [readings[0]!.low, readings.at(-1)!.high];
  const unit = 2 ** -readings[0]!.frac;
  const tried = async (v: Float64Array, gain = 1, frac = 40) => {
    const inputs = sharedReadings(v, readings);
    const out = await run(inputs, (p, ...own) => power(p, read(own, readings), { kind, gain, fracs: [frac] }));
    const want = Array.from(v, (x) => gain * (Math.round(x / unit) * unit) ** exponent);
    return { error: worstRatio(out.reals, want), bill: out.bill };
  };
  const { bound } = ERRORS[name];

  test.each(SIZES)('%i elements', async (n) => {
    const { error } = await tried(uniform(n, low, high).map((e) => 2 ** e));
    expect(error).toBeLessThan(bound);
  });

  test('over the whole range, at most 10 rounds', async () => {
    const { error, bill } = await tried(uniform(4096, low, high).map((e) => 2 ** e));
    expect(error).toBeLessThan(Math.min(bound, 2 ** -13));
    expect(bill.rounds).toBeLessThanOrEqual(10);
  });

  test('at every power of two, one unit below and one above', async () => {
    const powers = Float64Array.from({ length: high - low }, (_, i) => 2 ** (low + i));
    const near = (by: number) => powers.map((v) => v + by).filter((v) => v >= 2 ** low && v < 2 ** high);
    const { error } = await tried(concat(powers, near(unit), near(-unit)));
    expect(error).toBeLessThan(bound);
  });

  test('with a gain', async () => {
    const { error } = await tried(
      uniform(500, low + 2, high).map((e) => 2 ** e),
      1.7,
    );
    expect(error).toBeLessThan(bound);
  });

  test('the bill', async () => {
    const inputs = sharedReadings(Float64Array.of(1, 2, 3, 4, 5, 6, 7, 8), readings);
    const { bill } = await run(inputs, (p, ...own) => power(p, read(own, readings), { kind }));
    expect(bill).toEqual(powerPrice(8, readings, { kind }));
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
  const { reals } = await run([masked(x, { bits: frac + range.high + 2, frac })], (p, v) =>
    power(p, [{ ...range, v }], { kind, fracs: [40] }),
  );
  const want = x.map((v) => (2 ** frac / Number(v)) ** (kind === 'rsqrt' ? 0.5 : 1));
  expect(worstRatio(reals, want)).toBeLessThan(2 ** -13);
});

test('an argument whose ring does not fit the range is refused', async () => {
  const range = { low: 0, high: 10 };
  const bad = run([masked([1n], { bits: 27, frac: 18 })], (p, v) =>
    power(p, [{ ...range, v }], { kind: 'reciprocal' }),
  );
  await expect(bad).rejects.toThrow('the ring of v is too small for 0 .. 10');
});
