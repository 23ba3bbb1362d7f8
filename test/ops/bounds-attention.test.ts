/** The bounds of attention against the secure interpreter: it is right just inside them, and breaks beyond. */
import { describe, expect, test } from 'vitest';
import { rescale } from '../../src/mpc/truncate.ts';
import type { Additive, Masked } from '../../src/mpc/values.ts';
import * as bounds from '../../src/ops/bounds.ts';
import { heldWeights } from '../../src/ops/held-weights.ts';
import type { AttentionOptions } from '../../src/ops/ops.ts';
import { attention as plainAttention } from '../../src/ops/plain-attention.ts';
import type { PlainValue } from '../../src/ops/plain-values.ts';
import type { Rotary } from '../../src/ops/rotary.ts';
import { SecureOps } from '../../src/ops/secure.ts';
import { attentionRings, residualRing } from '../../src/ops/secure-rings.ts';
import { worst } from '../mpc/numbers.ts';
import { kernels, maskedReals, type Parts, run } from '../mpc/parties.ts';
import { RING } from './secure-bert.ts';

type Attended = {
  /** Of one head: there are many that are alike, so that one of them comes out wrong. */
  query: readonly number[];
  keys: readonly number[];
  values: readonly number[];
  mask?: readonly number[];
  integers?: Partial<typeof RING.integers>;
  longest?: number;
  width?: number;
  rotary?: Rotary;
};

const HEADS = 400;

/** Heads that share keys and values, through the secure interpreter and the plain one: how far off the largest is. */
async function error({ query, keys, values, mask, integers, longest = 64, width = 1, rotary }: Attended) {
  const queries = Array.from({ length: HEADS }, () => query).flat();
  // As attention reads them, so that nothing is rounded on the way
  const input = (x: readonly number[], cols = width, frac = 16) =>
    maskedReals(x, { bits: 64, frac, shape: [x.length / cols, cols] });
  const n = keys.length / width;
  const parts: [Parts<Masked>, Parts<Masked>, Parts<Masked>, Parts<Masked>] = [
    ...([input(queries, HEADS * width), input(keys), input(values, width, 14)] as const),
    maskedReals(mask ?? Array(n).fill(1), { bits: 48, shape: [1, n] }),
  ];
  const how = { name: 'layer.0.attention', heads: HEADS, keyHeads: 1, longest, ...(rotary ? { rotary } : {}) };
  const ring = { ...RING, integers: { ...RING.integers, ...integers } };
  const { reals } = await run(parts, async (p, q, k, v, padding) => {
    const ops = new SecureOps(p, { ring, weights: heldWeights(new Map()) });
    const out = await ops.attention(q, k, v, mask && padding, how as AttentionOptions<never>);
    return rescale(p, out as Additive, residualRing(ring)); // whatever reads it truncates it
  });
  const plain = (x: readonly number[], cols = width): PlainValue => ({
    shape: [x.length / cols, cols],
    data: Float32Array.from(x),
  });
  const counts = mask && { shape: [1, n] as const, data: Float32Array.from(mask) };
  const want = plainAttention(kernels, plain(queries, HEADS * width), plain(keys), plain(values), counts, how as never);
  return worst(reals, want.data);
}

describe.each([8, 11, 14, 20])('scores below 2^%i', (scores) => {
  const { maximum } = attentionRings({ scores, values: 10 }, 64, false);
  const { most } = bounds.scoreBound(scores, maximum);
  /** Queries of 1 that meet two keys: the two scores, far apart. */
  const at = (high: number, low: number, mask?: number[]) =>
    error({
      query: [1],
      keys: [high, low],
      values: [1, -60],
      ...(mask ? { mask } : {}),
      integers: { scores },
    });

  test('of both signs', async () => {
    expect(most).toBeGreaterThan(2 ** scores - 0.2);
    expect(await at(most - 2 ** -13, -most + 2 ** -13)).toBeLessThan(2e-3);
    expect(await at(2 ** scores + 0.2, -(2 ** scores) - 0.2)).toBeGreaterThan(1);
  });

  test('padded keys far above those that count', async () => {
    expect(await at(-most, most, [1, 0])).toBeLessThan(2e-3);
    expect(await at(-(2 ** scores) - 17, 2 ** scores + 17, [1, 0])).toBeGreaterThan(1);
  });

  test('padded keys far below them', async () => {
    expect(await at(most, -most, [1, 0])).toBeLessThan(2e-3);
    expect(await at(4 * most, -4 * most, [1, 0])).toBeGreaterThan(1);
  });

  test('no key but one', async () => {
    for (const score of [-most, most]) {
      expect(await error({ query: [1], keys: [score], values: [7], integers: { scores } })).toBeLessThan(2e-3);
    }
  });
});

test.each([
  [4, 64],
  [10, 64],
  [10, 1024],
  [16, 4096],
])('values below 2^%i, and what is made of them, of up to %i keys', async (values, longest) => {
  const { most } = bounds.integersBound(values);
  const at = (value: number, count: number) =>
    error({
      query: [1],
      keys: Array(count).fill(0),
      values: Array(count).fill(value),
      ...{ integers: { values }, longest },
    });
  for (const count of [1, 64]) {
    expect(await at(most * 0.9999, count)).toBeLessThan(most * 2 ** -12 + 2e-3);
    expect(await at(-most * 0.9999, count)).toBeLessThan(most * 2 ** -12 + 2e-3);
  }
  for (const count of [1, 64]) expect(await at(most * 1.2, count)).toBeGreaterThan(1);
});

test.each([20, 24])('queries that are turned, of scores below 2^%i', async (scores) => {
  const { query, turnFrac } = attentionRings({ scores, values: 10 }, 64, false);
  const { most } = bounds.turnedBound(query.frac, turnFrac);
  // The query is at the second position, half a right angle away from the first: (S, -S) becomes (sqrt(2) S, 0)
  const rotary: Rotary = { frequencies: () => Float64Array.of(Math.PI / 4) };
  const [a, b] = [2 ** -10, 2 ** -10 * Math.SQRT1_2];
  const at = (size: number) =>
    error({
      query: [size, -size],
      keys: [a, 0, -b, b], // (a, 0) and (-a, 0) when they are turned
      values: [1, 1, -60, -60],
      ...{ integers: { scores }, width: 2, rotary },
    });
  expect(most).toBe(2 ** 26 / Math.SQRT2);
  expect(await at(most * 0.999)).toBeLessThan(2e-3);
  expect(await at(most * 1.1)).toBeGreaterThan(1);
});
