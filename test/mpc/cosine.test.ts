import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { GELU, type Series, TANH } from '../../src/mpc/coefficients.ts';
import { cosineSeries, cosineSeriesPrice } from '../../src/mpc/cosine.ts';
import { integers, SIZES, worst } from './numbers.ts';
import { masked, run } from './parties.ts';

const BITS = 34;

/** sum of c_j cos(j a), a in turns, straight from the definition. */
const clear = ({ coefficients, factor, shift, angleBits }: Series, x: readonly bigint[], turn = 0): number[] =>
  x.map((v) => {
    const turns = (Number(v) * factor) / 2 ** (shift + angleBits) - turn / 2 ** angleBits;
    return coefficients.reduce((sum, c, j) => sum + c * Math.cos(2 * Math.PI * j * turns), 0);
  });

/** Roundings of the dealt and of the public factors, and a step of the angle. A coefficient that is tiny has no fractional bits at all. */
const allowed = ({ coefficients, angleBits }: Series, g: number, p: number): number =>
  coefficients.reduce(
    (sum, c, j) => {
      const rounding = Math.SQRT2 * (Math.min(Math.abs(c) / 2, Math.SQRT1_2 * 2 ** -(g + 1)) + 2 ** -p);
      return sum + rounding + (Math.abs(c) * 2 * Math.PI * j) / 2 ** angleBits;
    },
    2 ** -(g + p),
  );

describe.each(SIZES)('%i elements', (n) => {
  test('anywhere in the ring, whatever the wrap', async () => {
    const x = integers(n, 27);
    const scale = { g: 14, p: 14, bits: BITS };
    const { reals, bill } = await run([masked(x, { bits: 28, frac: 14 })], (p, v) => cosineSeries(p, v, GELU, scale));
    expect(worst(reals, clear(GELU, x))).toBeLessThan(allowed(GELU, 14, 14));
    expect(bill).toMatchObject({ rounds: 0, online: 0 });
  });
});

test('any series', async () => {
  const series = fc.record({
    reach: fc.constant(1),
    angleBits: fc.integer({ min: 8, max: 16 }),
    factor: fc.integer({ min: 1, max: 63 }),
    shift: fc.integer({ min: 0, max: 8 }),
    coefficients: fc.array(fc.double({ min: -3, max: 3, noNaN: true }), { minLength: 1, maxLength: 12 }),
  });
  const property = fc.asyncProperty(series, fc.integer({ min: 8, max: 16 }), async (s, g) => {
    const x = integers(40, s.angleBits + s.shift - 1);
    const { reals } = await run([masked(x, { bits: s.angleBits + s.shift })], (p, v) =>
      cosineSeries(p, v, s, { g, p: g, bits: 40 }),
    );
    expect(worst(reals, clear(s, x))).toBeLessThan(allowed(s, g, g));
  });
  await fc.assert(property, { numRuns: 50 });
});

test('a turn: odd harmonics of cosines a quarter on are sines', async () => {
  const x = integers(4096, 27);
  const quarter = 2 ** (TANH.angleBits - 2);
  const { reals } = await run([masked(x, { bits: 28 })], (p, v) =>
    cosineSeries(p, v, TANH, { g: 16, p: 16, bits: 38 }, quarter),
  );
  expect(worst(reals, clear(TANH, x, quarter))).toBeLessThan(allowed(TANH, 16, 16));
});

test('harmonics with no coefficient cost nothing', async () => {
  const sparse = { ...GELU, coefficients: [1, 0, 0.5, 0, 0, 0.25] };
  const { bill } = await run([masked(integers(8, 27), { bits: 28 })], (p, v) =>
    cosineSeries(p, v, sparse, { g: 12, p: 12, bits: 32 }),
  );
  expect(bill.dealer).toBe(2 * 8 * (32 + 31)); // a coefficient half as large: one bit less
  expect(cosineSeriesPrice(8, sparse.coefficients, { g: 12, p: 12, bits: 32 })).toEqual(bill);
});

test('a ring smaller than the period is refused', async () => {
  const bad = run([masked([0n], { bits: 21 })], (p, v) => cosineSeries(p, v, GELU, { g: 12, p: 12, bits: 32 }));
  await expect(bad).rejects.toThrow('the ring is smaller than the period');
});
