import { describe, expect, test } from 'vitest';
import { normalise, normaliseRms } from '../../src/ops/secure-norm.ts';
import { NORM, RMS } from '../../src/ops/secure-rings.ts';
import { ERRORS } from '../mpc/errors.ts';
import { normal, worst } from '../mpc/numbers.ts';
import { maskedReals, run } from '../mpc/parties.ts';

const TO = { bits: 52, frac: 18 };

function clear(x: Float64Array, width: number, epsilon: number): number[] {
  return [...x].map((value, i) => {
    const row = x.subarray(i - (i % width), i - (i % width) + width);
    const mean = row.reduce((sum, v) => sum + v, 0) / width;
    const variance = row.reduce((sum, v) => sum + (v - mean) ** 2, 0) / width;
    return (value - mean) / Math.sqrt(variance + epsilon);
  });
}

const secure = async (x: Float64Array, width: number, epsilon: number) =>
  (
    await run([maskedReals(x, { ...NORM.input, shape: [x.length / width, width] })], (p, v) =>
      normalise(p, v, epsilon, TO),
    )
  ).reals;

/** Squares are of deviations with 13 fractional bits: the narrower the row, the more their rounding weighs. */
const allowed = (deviation: number) => ERRORS.normalise.bound + 5e-5 / deviation;

describe.each([
  [1, 12],
  [7, 64],
  [2, 768],
])('normalise [%i, %i]', (rows, width) => {
  test.each([0.1, 1, 20])('deviation %d', async (deviation) => {
    const x = normal(rows * width, deviation, width).map((v, i) => v + (Math.floor(i / width) % 7));
    expect(worst(await secure(x, width, 1e-12), clear(x, width, 1e-12))).toBeLessThan(allowed(deviation));
  });
});

test.each([2, 3, 5])('rows of %i', async (width) => {
  const x = Float64Array.from({ length: 4 * width }, (_, i) => 10 * Math.cos(i * i));
  expect(worst(await secure(x, width, 1e-12), clear(x, width, 1e-12))).toBeLessThan(allowed(1));
});

test('epsilon counts', async () => {
  const x = normal(4 * 64, 0.3);
  expect(worst(await secure(x, 64, 0.2), clear(x, 64, 0.2))).toBeLessThan(allowed(0.3));
});

test('one entry that stands out', async () => {
  const x = new Float64Array(256).fill(0.5);
  x[17] = 30;
  expect(worst(await secure(x, 256, 1e-12), clear(x, 256, 1e-12))).toBeLessThan(2 * ERRORS.normalise.bound);
});

describe('RMS norm', () => {
  const clearRms = (x: Float64Array, width: number, epsilon: number) =>
    Array.from(x, (value, i) => {
      const row = x.subarray(i - (i % width), i - (i % width) + width);
      return value / Math.sqrt(row.reduce((sum, v) => sum + v * v, 0) / width + epsilon);
    });
  const secureRms = async (x: Float64Array, width: number, epsilon: number) =>
    (
      await run([maskedReals(x, { ...RMS.input, shape: [x.length / width, width] })], (p, v) =>
        normaliseRms(p, v, epsilon, TO),
      )
    ).reals;
  const bound = (deviation: number) => ERRORS['RMS norm'].bound + 2 ** -17 / deviation; // entries have 18 fractional bits

  describe.each([
    [1, 1],
    [3, 5],
    [7, 64],
    [2, 768],
    [1, 4096],
  ])('of [%i, %i]', (rows, width) => {
    test.each([2 ** -6, 0.1, 1, 60])('deviation %d', async (deviation) => {
      const x = normal(rows * width, deviation, width);
      expect(worst(await secureRms(x, width, 1e-6), clearRms(x, width, 1e-6))).toBeLessThan(bound(deviation));
    });
  });

  test('a row of 768 with one entry of 4000, as residuals of language models have', async () => {
    const x = normal(768, 1, 5);
    x[100] = 4000;
    expect(worst(await secureRms(x, 768, 1e-5), clearRms(x, 768, 1e-5))).toBeLessThan(
      2 * ERRORS['RMS norm'].bound * Math.sqrt(768),
    );
  });

  test('epsilon counts', async () => {
    const x = normal(4 * 64, 0.3);
    expect(worst(await secureRms(x, 64, 0.2), clearRms(x, 64, 0.2))).toBeLessThan(bound(0.3));
  });
});
