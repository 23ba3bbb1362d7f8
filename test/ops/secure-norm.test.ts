import { describe, expect, test } from 'vitest';
import { normalise, normalisePrice, normaliseRms, normaliseRmsPrice } from '../../src/ops/secure-norm.ts';
import { NORM } from '../../src/ops/secure-rings.ts';
import { sample } from '../cases.ts';
import { ERRORS } from '../mpc/errors.ts';
import { normal } from '../mpc/numbers.ts';
import { fixed, masked, run } from '../mpc/parties.ts';

/** Finer than what norms give to linear layers: a unit of 2^-18 alone would be 2^-12 of an answer of 2^-6. */
const TO = { bits: 56, frac: 22 };
const NORMS = { RMSNorm: normaliseRms, LayerNorm: normalise };
type Kind = keyof typeof NORMS;
const KINDS = Object.keys(NORMS) as Kind[];

/** The exact norm of the fixed-point input. Sums of squares in doubles are exact enough: 2^-53 against 2^-12. */
function clear(kind: Kind, x: ArrayLike<number>, width: number, epsilon: number): number[] {
  const out: number[] = [];
  for (let from = 0; from < x.length; from += width) {
    const row = Array.from({ length: width }, (_, i) => x[from + i]!);
    const mean = kind === 'LayerNorm' ? row.reduce((a, b) => a + b, 0) / width : 0;
    const square = row.reduce((a, b) => a + (b - mean) ** 2, 0) / width;
    out.push(...row.map((v) => (v - mean) / Math.sqrt(square + epsilon)));
  }
  return out;
}

async function tried(kind: Kind, x: Float64Array, width: number, epsilon = 1e-12) {
  const { bits, frac } = NORM.input;
  const units = fixed(x, frac);
  const input = masked(units, { bits, frac, shape: [x.length / width, width] });
  const { reals } = await run([input], (p, v) => NORMS[kind](p, v, epsilon, TO));
  const want = clear(
    kind,
    units.map((u) => Number(u) / 2 ** frac),
    width,
    epsilon,
  );
  return { reals, want };
}

/** The largest relative error of answers above 2^-6, the largest error of smaller ones, and of all. */
function errors({ reals, want }: { reals: number[]; want: number[] }) {
  let [relative, small, absolute] = [0, 0, 0];
  want.forEach((w, i) => {
    const error = Math.abs(reals[i]! - w);
    absolute = Math.max(absolute, error);
    if (Math.abs(w) > 2 ** -6) relative = Math.max(relative, error / Math.abs(w));
    else small = Math.max(small, error);
  });
  return { relative, small, absolute };
}

/** Rows of a mean square: of normal entries, of one entry that stands out, and of entries of one size. */
const ROWS: Record<string, (width: number, root: number) => Float64Array> = {
  normal: (width, root) => scaledTo(normal(width, 1, width), root),
  outlier: (width, root) => {
    const x = normal(width, 2 ** -5, width + 1);
    x[width >> 1] = Math.sqrt(width);
    return scaledTo(x, root);
  },
  flat: (width, root) => Float64Array.from({ length: width }, (_, i) => (i % 3 === 0 ? -root : root)),
};

function scaledTo(x: Float64Array, root: number): Float64Array {
  const now = Math.sqrt(x.reduce((a, v) => a + v * v, 0) / x.length);
  return x.map((v) => (v * root) / now);
}

const POWERS = Array.from({ length: 57 }, (_, i) => i - 22);

/** Mean squares to try, as powers of two: all of them for two widths where all cases are wanted, or both ends, and both sides of where one reading follows another. */
function powersOf(width: number): number[] {
  if (sample(false, width === 64 || width === 768)) return POWERS;
  const switches = [NORM.fine, NORM.coarse].map((sum) => sum - Math.log2(width));
  return [-22, -12, 0, ...switches.flatMap((power) => [power - 0.01, power + 0.01]), 34];
}

describe.each(KINDS)('%s', (kind) => {
  const { bound } = ERRORS[kind === 'RMSNorm' ? 'RMS norm' : 'normalise'];

  describe.each(sample([64, 100, 768, 2048], [64, 100, 768, 1024, 2048, 16384]))('of rows of %i', (width) => {
    test.each(Object.keys(ROWS))('%s, mean squares from 2^-22 to 2^34', async (shape) => {
      const powers = powersOf(width);
      const x = powers.map((p) => ROWS[shape]!(width, 2 ** (p / 2)));
      const means = powers.map((p) => (kind === 'LayerNorm' ? 2 ** Math.min(4, p / 2) : 0));
      const rows = Float64Array.from(x.flatMap((row, i) => [...row.map((v) => v + means[i]!)]));
      const { relative, small, absolute } = errors(await tried(kind, rows, width));
      expect(relative).toBeLessThan(bound);
      expect(small).toBeLessThan(bound * 2 ** -6);
      expect(absolute).toBeLessThan(bound * Math.sqrt(width));
    });
  });

  test.each([1, 2, 3, 5, 7])('rows of %i', async (width) => {
    const x = Float64Array.from({ length: 4 * width }, (_, i) => 10 * Math.cos(i * i));
    const { absolute } = errors(await tried(kind, x, width, 0.1));
    expect(absolute).toBeLessThan(2e-3);
  });

  test('no rows', async () => {
    expect((await tried(kind, new Float64Array(0), 64)).reals).toEqual([]);
  });

  test('epsilon counts', async () => {
    const { absolute } = errors(await tried(kind, normal(4 * 64, 0.3), 64, 0.2));
    expect(absolute).toBeLessThan(2e-4);
  });
});

test('a mean of 2^19 beside a deviation of 2^-4', async () => {
  const x = normal(768, 2 ** -4, 9).map((v) => v + 2 ** 19);
  expect(errors(await tried('LayerNorm', x, 768)).absolute).toBeLessThan(2 ** -11);
});

test('the bills', async () => {
  const { bits, frac } = NORM.input;
  const x = masked(fixed(normal(8 * 96, 1), frac), { bits, frac, shape: [8, 96] });
  const form = { ...NORM.input, masked: true };
  const rms = await run([x], (p, v) => normaliseRms(p, v, 1e-6, TO));
  expect(rms.bill).toEqual(normaliseRmsPrice(8, 96, form, TO));
  const layer = await run([x], (p, v) => normalise(p, v, 1e-6, TO));
  expect(layer.bill).toEqual(normalisePrice(8, 96, form, TO));
});
