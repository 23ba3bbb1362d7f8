/** The bounds against the secure interpreter: it is right just inside them, and breaks beyond. */
import { describe, expect, test } from 'vitest';
import type { Ring } from '../../src/loaders/rings.ts';
import { argmax, equalRows } from '../../src/mpc/maximum.ts';
import { rescale } from '../../src/mpc/truncate.ts';
import type { Additive, Masked } from '../../src/mpc/values.ts';
import * as bounds from '../../src/ops/bounds.ts';
import { heldWeights } from '../../src/ops/held-weights.ts';
import { attention as plainAttention } from '../../src/ops/plain-attention.ts';
import { ACTIVATIONS } from '../../src/ops/plain-values.ts';
import { SecureOps } from '../../src/ops/secure.ts';
import { attention } from '../../src/ops/secure-attention.ts';
import { normalise, normaliseRms } from '../../src/ops/secure-norm.ts';
import * as rings from '../../src/ops/secure-rings.ts';
import { softmaxWeights } from '../../src/ops/secure-softmax.ts';
import { type Secure, wanted } from '../../src/ops/secure-values.ts';
import { worst } from '../mpc/numbers.ts';
import { additive, fixed, kernels, masked, maskedReals, type Parts, run } from '../mpc/parties.ts';

const RING: Ring = {
  bits: 64,
  fractionBits: 18,
  linear: { bits: 52, input: 18, weight: 18 },
  table: { bits: 32 },
  vector: { bits: 48 },
};

/** Values of both signs, so many at a time: just beyond a bound only some come out wrong. */
const MANY = 48;
const both = (x: number, n = MANY) => Float64Array.from({ length: n }, (_, i) => (i % 2 === 0 ? x : -x));

describe('a truncation is right just inside the bound, and wrong just outside', () => {
  const linear = { bits: 52, frac: 36 };
  const small = { bits: 40, frac: 25 };
  test.each([
    ['a linear layer’s result, for a norm', linear, rings.NORM.input, 2 ** 14],
    ['the same in the small ring', small, rings.NORM.input, 2 ** 13],
    ['a query', linear, rings.ATTENTION.query, 2 ** 14],
    ['a value', linear, rings.ATTENTION.value, 2 ** 14],
    ['embeddings, for a norm', { bits: 32, frac: 18 }, rings.RMS.input, 2 ** 12],
    ['a residual that embeddings are part of', { bits: 50, frac: 36 }, rings.RMS.input, 2 ** 12],
    ['a residual with a gain', { bits: 48, frac: 36 }, rings.NORM.input, 2 ** 10],
    ['what attention gives, for a linear layer', bounds.ATTENDED, { bits: 52, frac: 18 }, 2 ** 6],
    ['the sum of weights times values', { bits: 46, frac: 29 }, rings.ATTENTION.context, 2 ** 15],
    ['a product, for a linear layer', { bits: 44, frac: 28 }, { bits: 52, frac: 18 }, 2 ** 14],
  ])('%s', async (_, from, to, most) => {
    expect(bounds.settleBound(from, to)).toEqual({ most });
    const error = async (x: number) => {
      const values = both(x, 800);
      const { reals } = await run([additive(fixed(values, from.frac), from)], (p, v) =>
        wanted(p, v, { ...to, bits: 64 }),
      );
      return worst(reals, values);
    };
    expect(await error(most * 0.9999)).toBeLessThan(2 ** (1 - to.frac));
    expect(await error(most * 1.1)).toBeGreaterThan(1); // each of them with a chance of 1 in 20
  });

  test.each([
    ['a linear layer’s result, for an activation', linear, rings.ACTIVATION],
    ['scores', { bits: 44, frac: 32 }, rings.ATTENTION.score],
    ['logits', linear, rings.LOGITS],
  ])('%s: free, the low bits are right whatever the value is', async (_, from, to) => {
    expect(bounds.settleBound(from, to)).toEqual({ most: Number.POSITIVE_INFINITY });
    const wide = 2 ** (from.bits - from.frac); // the value that the ring cannot tell from 0
    const { reals } = await run([additive(fixed([5.25 + wide / 2, 5.25 + 3 * wide], from.frac), from)], (p, v) =>
      wanted(p, v, to),
    );
    const ring = 2 ** (to.bits - to.frac);
    expect(reals.map((v) => ((v % ring) + ring) % ring)).toEqual([
      expect.closeTo((5.25 + wide / 2) % ring, 3),
      expect.closeTo(5.25, 3),
    ]);
  });
});

describe('an activation', () => {
  test.each([
    ['gelu', 252.4],
    ['gelu_new', 252.4],
    ['silu', 245],
    ['relu', 256],
    ['tanh', 251],
  ] as const)('%s below %d', async (kind, most) => {
    expect(bounds.activationBound(kind).most).toBeCloseTo(most, 10);
    const error = async (x: number) => {
      const values = both(x);
      const form = { bits: 52, frac: 36, shape: [1, MANY] };
      const { reals } = await run([additive(fixed(values, 36), form)], (p, v: Additive) =>
        new SecureOps(p, { ring: RING, weights: heldWeights(new Map()) }).activation(v, kind).then(onlyAdditive),
      );
      return worst(reals, values.map(ACTIVATIONS[kind]));
    };
    expect(await error(most - 0.01)).toBeLessThan(0.01);
    expect(await error(most + 0.01)).toBeGreaterThan(0.9);
  });
});

const onlyAdditive = (x: Secure): Additive => x as Additive;

describe('a norm', () => {
  const TO = { bits: 52, frac: 18 };
  /** Rows of entries of one size: how far off the largest is that should be 1. */
  const error = async (norm: typeof normalise, width: number, square: number) => {
    const x = Float64Array.from({ length: 8 * width }, (_, i) => (i % 2 === 0 ? 1 : -1) * Math.sqrt(square));
    const { reals } = await run([maskedReals(x, { bits: 64, frac: 18, shape: [8, width] })], (p, v: Masked) =>
      norm(p, v, 0, TO),
    );
    return worst(
      reals.map(Math.abs),
      Array.from(x, () => 1),
    );
  };

  test.each([
    ['variance', normalise, bounds.varianceBound, 64, 2 ** -14, 2 ** 16],
    ['variance', normalise, bounds.varianceBound, 1024, 2 ** -18, 2 ** 11],
    ['mean square', normaliseRms, bounds.meanSquareBound, 64, 2 ** -14, 2 ** 20],
    ['mean square', normaliseRms, bounds.meanSquareBound, 1024, 2 ** -14, 2 ** 16],
  ] as const)('%s of rows', async (_, norm, boundFor, width, least, most) => {
    expect(boundFor(width)).toEqual({ least, most });
    expect(await error(norm, width, most * 0.99)).toBeLessThan(0.002);
    expect(await error(norm, width, most * 3)).toBeGreaterThan(0.2);
    expect(await error(norm, width, least * 1.01)).toBeLessThan(0.02);
    expect(await error(norm, width, least / 16)).toBeGreaterThan(0.2);
  });

  test('widths that are no power of two: s is between 1 and 2', () => {
    expect(bounds.varianceBound(768)).toEqual({ least: 2 ** -8 / 1728, most: 2 ** 22 / 1728 });
    expect(bounds.meanSquareBound(768)).toEqual({ least: 2 ** -5 / 768, most: 2 ** 26 / 768 });
  });
});

describe('attention', () => {
  test('a row’s scores', async () => {
    const weight = async (spread: number) => {
      const x = Float64Array.from({ length: 2 * MANY }, (_, i) => (i % 2 === 0 ? 300 : 300 - spread));
      const scores = maskedReals(x, { bits: 26, frac: 14, shape: [MANY, 2] });
      const { reals } = await run([scores], (p, s: Masked) => softmaxWeights(p, s, equalRows(MANY, 2)));
      return Math.max(...reals.filter((_, i) => i % 2 === 1));
    };
    expect(bounds.SPREAD.most).toBe(256 - 2 ** -6 - 1.5 * 2 ** -8);
    expect(await weight(bounds.SPREAD.most - 0.001)).toBe(0);
    expect(await weight(256)).toBeGreaterThan(0.9);
  });

  /** Queries that meet keys with these scores, one value each. -> how far off */
  const error = async (scores: readonly number[], values: readonly number[], mask?: readonly number[], m = 1) => {
    const n = scores.length;
    const queries = Array<number>(m).fill(1);
    const input = (x: readonly number[], rows: number) => maskedReals(x, { bits: 52, frac: 18, shape: [rows, 1] });
    const parts: [Parts<Masked>, Parts<Masked>, Parts<Masked>, Parts<Masked>] = [
      input(queries, m),
      input(scores, n),
      input(values, n),
      masked(
        (mask ?? scores).map((v) => BigInt(Math.round(v))),
        { bits: 32, shape: [1, n] },
      ),
    ];
    const { reals } = await run(parts, (p, q, k, v, padding) => attention(p, q, k, v, mask && padding, { heads: 1 }));
    const plain = (x: readonly number[], rows: number, cols = 1) => ({
      shape: [rows, cols] as const,
      data: Float32Array.from(x),
    });
    const want = plainAttention(
      ...([kernels, plain(queries, m), plain(scores, n), plain(values, n)] as const),
      ...([mask && plain(mask, 1, n), { heads: 1 }] as const),
    );
    return worst(reals, want.data);
  };

  test('padded scores below the largest that counts', async () => {
    const at = (below: number) => error([3, 3 - below], [1, -60], [1, 0]);
    expect(bounds.PADDED_BELOW.most).toBe(bounds.SPREAD.most - 128);
    expect(await at(bounds.PADDED_BELOW.most - 0.001)).toBeLessThan(0.002);
    expect(await at(128.01)).toBeGreaterThan(1);
  });

  test('padded scores above it', async () => {
    const at = (above: number) => error([3, 3 + above], [1, -60], [1, 0]);
    expect(bounds.PADDED_ABOVE).toEqual({ most: 112 });
    expect(await at(111.9)).toBeLessThan(0.003);
    expect(await at(122)).toBeGreaterThan(0.5);
  });

  test('weights times values', async () => {
    const at = (value: number) => error(Array(1024).fill(0), Array(1024).fill(value), undefined, 64);
    expect(bounds.CONTEXT).toEqual({ most: 2 ** 15 });
    expect(await at(31.9)).toBeLessThan(0.02); // the sum is a little less than 1024 times as much: the margin
    expect(await at(48)).toBeGreaterThan(1); // each row with a chance of 1 in 4
  });
});

test('logits that argmax compares', async () => {
  const wins = async (gap: number) => {
    const logits = maskedReals([-100, gap - 100], { ...rings.LOGITS, shape: [2] });
    const { values } = await run([logits], async (p, x: Masked) => (await argmax(p, x, 4)).index);
    return values[0]!;
  };
  expect(bounds.LOGIT_SPREAD).toEqual({ most: 2 ** 11 });
  expect(await wins(2047.99)).toEqual([1n]);
  expect(await wins(2048.01)).toEqual([0n]);
});

test('what the client is shown', async () => {
  const from = { bits: 52, frac: 30 };
  const shown = async (x: number) => {
    const { reals } = await run([additive(fixed([x, -x], from.frac), from)], (p, v: Additive) =>
      rescale(p, v, rings.REVEALED),
    );
    return worst(reals, [x, -x]);
  };
  expect(bounds.revealedBound(from)).toEqual({ most: 2 ** 15 });
  expect(await shown(32767.9)).toBeLessThan(1e-4);
  expect(await shown(32768.1)).toBeGreaterThan(1000);
});

test('a room of bits', () => {
  const rows: [range: bounds.Bound, bound: bounds.Bound, room: number, holds: boolean][] = [
    [{ most: 8 }, { most: 64 }, 3, true],
    [{ most: 64 }, { most: 64 }, 0, false],
    [{ most: 128 }, { most: 64 }, -1, false],
    [{ most: 0 }, { most: 64 }, Number.POSITIVE_INFINITY, true],
    [{ least: 2, most: 8 }, { least: 1, most: 64 }, 1, true],
    [{ least: 1, most: 8 }, { least: 1, most: 64 }, 0, true],
    [{ least: 0.25, most: 8 }, { least: 1, most: 64 }, -2, false],
    [{ most: Number.POSITIVE_INFINITY }, { most: 64 }, Number.NEGATIVE_INFINITY, false],
  ];
  for (const [range, bound, room, holds] of rows) {
    expect([bounds.headRoom(range, bound), bounds.holds(range, bound)]).toEqual([room, holds]);
  }
});
