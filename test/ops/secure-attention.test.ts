import { describe, expect, test } from 'vitest';
import { equalRows } from '../../src/mpc/maximum.ts';
import { type Additive, Masked } from '../../src/mpc/values.ts';
import * as bounds from '../../src/ops/bounds.ts';
import type { Past } from '../../src/ops/ops.ts';
import { attention as plainAttention } from '../../src/ops/plain-attention.ts';
import { attention } from '../../src/ops/secure-attention.ts';
import { attentionRings } from '../../src/ops/secure-rings.ts';
import { inverseSums, softmaxWeights } from '../../src/ops/secure-softmax.ts';
import type { Secure } from '../../src/ops/secure-values.ts';
import type { Party } from '../../src/party/party.ts';
import { maskSpec } from '../../src/runtime/job.ts';
import { ERRORS } from '../mpc/errors.ts';
import { normal, uniform, worst, worstRatio } from '../mpc/numbers.ts';
import { type Format, kernels, maskedReals, open, type Parts, run, three } from '../mpc/parties.ts';

/** Rings of scores below 2^s: for the default and for the models of the registry, and the largest there can be. */
const LIMITS = [11, 14, 20, 24];
const ringsOf = (scores: number, longest = 512, padded = false) =>
  attentionRings({ scores, values: 10 }, longest, padded);
const planOf = (scores: number) => ({ integers: { scores, values: 10 } });
const HERE = { name: 'layer.0.attention', longest: 64 };

const softmax = (row: Float64Array) => {
  const powers = row.map((v) => 2 ** (v - Math.max(...row)));
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((v) => v / sum);
};

describe.each([
  [3, 1],
  [5, 2],
  [4, 7],
  [8, 65],
  [16, 128],
  [3, 512],
])('softmax of [%i, %i] scores', (rows, n) => {
  const cases = LIMITS.flatMap((limit) => [1, 6, 30, 2 ** (limit - 3)].map((deviation) => [deviation, limit] as const));

  test.each(cases)('of deviation %d, below 2^%i', async (deviation, limit) => {
    const rings = ringsOf(limit, n);
    const x = normal(rows * n, deviation, n);
    const { reals } = await run([maskedReals(x, { ...rings.score, shape: [rows, n] })], (p, s) =>
      softmaxWeights(p, s, equalRows(rows, n), rings),
    );
    for (let r = 0; r < rows; r++) {
      const got = Float64Array.from(reals.slice(r * n, (r + 1) * n));
      const sum = got.reduce((a, b) => a + b, 0);
      const want = softmax(x.subarray(r * n, (r + 1) * n));
      expect(
        worst(
          got.map((v) => v / sum),
          want,
        ),
      ).toBeLessThan(ERRORS.softmax.bound);
      expect(Math.max(...got)).toBeGreaterThan(0.98 * 2 ** (-1.75 * rings.margin)); // the largest weight is nearly 1,
      expect(Math.max(...got)).toBeLessThanOrEqual(1 + 2 ** -15); // never above 1
    }
  });
});

test.each(LIMITS)('equal scores below 2^%i', async (limit) => {
  const rings = ringsOf(limit);
  const x = Float64Array.of(5, 5, 5, 5);
  const { reals } = await run([maskedReals(x, rings.score)], (p, s) => softmaxWeights(p, s, [4], rings));
  expect(worstRatio(reals, Array(4).fill(reals[0]))).toBeLessThan(2e-4);
});

describe.each(LIMITS)('rows as wide as scores below 2^%i can be', (limit) => {
  const most = bounds.scoreBound(limit, ringsOf(limit).maximum).most - 2 ** -13;
  /** Below the largest: near it, further away, and as far as there is. */
  const gaps = [
    0,
    0.01,
    0.5,
    1,
    3.7,
    9,
    14.9,
    15.5,
    16,
    16.5,
    17,
    31,
    32,
    33,
    100,
    2 ** 10,
    most,
    1.5 * most,
    2 * most,
  ];

  test.each([false, true])(
    'padded: %s; what is 16 or more below the largest is at most 2^-15, from 32 on 0 up to one unit',
    async (padded) => {
      const rings = ringsOf(limit, gaps.length, padded);
      const rows = 60; // each begins elsewhere, so that any two meet in the tournament
      const turn = (r: number, i: number) => (i + r) % gaps.length;
      const x = Float64Array.from({ length: rows * gaps.length }, (_, at) => {
        const [r, i] = [Math.floor(at / gaps.length), at % gaps.length];
        return most - gaps[turn(r, i)]!;
      });
      const { reals } = await run([maskedReals(x, rings.score)], (p, s) =>
        softmaxWeights(p, s, equalRows(rows, gaps.length), rings),
      );
      const wrong: object[] = [];
      for (let r = 0; r < rows; r++) {
        const got = gaps.map((_, i) => reals[r * gaps.length + i]!);
        const largest = Math.max(...got);
        gaps.forEach((_, i) => {
          const gap = gaps[turn(r, i)]!;
          const right =
            gap > 32
              ? got[i] === 0 || got[i] === 2 ** -rings.weight.frac
              : gap >= 16
                ? Math.abs(got[i]! - 2 ** -16) <= 2 ** -16
                : Math.abs(got[i]! / largest - 2 ** -gap) < ERRORS.softmax.bound;
          if (!right) wrong.push({ row: r, gap, got: got[i]!, largest });
        });
      }
      expect(wrong).toEqual([]);
    },
  );
});

test.each(LIMITS)('reciprocal of the sum of a row, of scores below 2^%i', async (limit) => {
  const rings = ringsOf(limit, 50);
  const x = uniform(64 * 50, 0.02, 1);
  const { reals } = await run([maskedReals(x, { ...rings.weight, shape: [64, 50] })], (p, w) =>
    inverseSums(p, w, 50, rings),
  );
  const want = Array.from({ length: 64 }, (_, r) => 1 / x.subarray(50 * r, 50 * r + 50).reduce((a, b) => a + b, 0));
  expect(worstRatio(reals, want)).toBeLessThan(2 ** -12.5);
});

const K52 = { bits: 52, frac: 18 };
const MASK = maskSpec({ number: 0, texts: [{ from: 0, tokens: 1, padded: true }] }, 0).bits;

describe.each([
  ['one key', 1, 1, 2, 4],
  ['square', 9, 9, 3, 4],
  ['one query', 1, 9, 2, 5],
  ['wide', 6, 40, 1, 64],
])('attention, %s', (_, m, n, heads, size) => {
  const cases = LIMITS.flatMap((limit) => [false, true].map((padded) => [limit, padded] as const));

  test.each(cases)('scores below 2^%i, padded: %s', async (limit, padded) => {
    const width = heads * size;
    const value = (rows: number, scale: number, seed: number) => normal(rows * width, scale, seed);
    const [q, k, v] = [value(m, 1.5, 1), value(n, 1.5, 2), value(n, 3, 3)];
    const mask = Float64Array.from({ length: n }, (_, i) => (padded && i > 0 && i >= n - 3 ? 0 : 1));
    const input = (x: Float64Array, rows: number) => maskedReals(x, { ...K52, shape: [rows, width] });
    const parts = [input(q, m), input(k, n), input(v, n), maskedReals(mask, { bits: MASK, shape: [1, n] })] as const;
    const { reals } = await run(
      [...parts] as [Parts<never>, Parts<never>, Parts<never>, Parts<never>],
      (p, a, b, c, d) => attention(p, a, b, c, padded ? d : undefined, { ...HERE, heads }, planOf(limit)),
    );
    const plain = (x: Float64Array, rows: number) => ({ shape: [rows, width] as const, data: Float32Array.from(x) });
    const masked = { shape: [1, n] as const, data: Float32Array.from(mask) };
    const how = { ...HERE, heads };
    const want = plainAttention(kernels, plain(q, m), plain(k, n), plain(v, n), padded ? masked : undefined, how);
    expect(worst(reals, want.data)).toBeLessThan(2e-3);
  });
});

/** A few turns of each kind, slow and fast. */
const ROTARY = { frequencies: () => Float64Array.of(1, 0.13, 0.001) };

type Case = { heads: number; keyHeads: number; rotary: boolean; padded: boolean; parts: number[]; window?: number };

const CASES: [string, Partial<Case>][] = [
  ['one token', { parts: [1] }],
  ['a text at once', { parts: [9] }],
  ['a text with a mask in front', { parts: [9], padded: true }],
  ['token after token', { parts: [4, 1, 1, 1] }],
  ['token after token, padded and turned', { parts: [4, 1, 2], padded: true, rotary: true }],
  ['turned', { parts: [7], rotary: true }],
  ['shared key heads', { parts: [5, 2], heads: 6, keyHeads: 2, rotary: true }],
  ['a window', { parts: [9], window: 3 }],
  ['a window of one', { parts: [4], window: 1 }],
  ['a window over a text that grows, with a mask', { parts: [4, 1, 2], window: 3, padded: true, rotary: true }],
  ['one key head', { parts: [3, 3], heads: 3, keyHeads: 1 }],
];

describe.each(CASES)('causal attention, %s', (_, change) => {
  const { heads, keyHeads, rotary, padded, parts, window }: Case = {
    ...{ heads: 2, keyHeads: change.heads ?? 2, rotary: false, padded: false, parts: [] },
    ...change,
  };
  const [size, n] = [6, parts.reduce((a, b) => a + b)];
  const rows = (width: number, scale: number, seed: number) => normal(n * width, scale, seed);
  const [q, k, v] = [rows(heads * size, 1.5, 1), rows(keyHeads * size, 1.5, 2), rows(keyHeads * size, 3, 3)];
  const mask = Float64Array.from({ length: n }, (_, i) => (padded && i < 2 ? 0 : 1));
  const how = { ...HERE, heads, keyHeads, causal: true, window, ...(rotary ? { rotary: ROTARY } : {}) };
  const cut = (x: Float64Array, from: number, count: number) =>
    x.subarray((x.length / n) * from, (x.length / n) * (from + count));

  test.each(LIMITS)('is the plain one, with scores below 2^%i', async (limit) => {
    const plain = (x: Float64Array, count: number) => ({
      shape: [count, x.length / count] as const,
      data: Float32Array.from(x),
    });
    const whole = padded ? plain(mask, 1) : undefined;
    const want = plainAttention(kernels, plain(q, n), plain(k, n), plain(v, n), whole, how).data;
    const got = await threeTimes(async (party, own) => {
      const past: Past<Secure> = { rows: 0 };
      const out: Additive[] = [];
      for (let i = 0, from = 0; i < parts.length; from += parts[i++]!) {
        const count = parts[i]!;
        const part = (x: Float64Array) => own(x, K52, [count, x.length / n], from, count);
        const seen = padded ? own(mask.subarray(0, from + count), { bits: MASK }, [1, from + count]) : undefined;
        out.push(await attention(party, part(q), part(k), part(v), seen, { ...how, past }, planOf(limit)));
      }
      expect(past.rows).toBe(n);
      return out;
    });
    const counted = padded ? 2 : 0; // rows of padding mean nothing
    expect(worst(cut(got, counted, n - counted), cut(Float64Array.from(want), counted, n - counted))).toBeLessThan(
      2e-3,
    );
  });

  /** Runs the same program at three parties, each with its own part of every value. */
  async function threeTimes(
    program: (
      party: Party,
      own: (x: Float64Array, format: Format, shape: number[], from?: number, count?: number) => Masked,
    ) => Promise<Additive[]>,
  ): Promise<Float64Array> {
    const made = new Map<string, Parts<Masked>>();
    const results = await three((party) =>
      program(party, (x, format, shape, from = 0, count = 0) => {
        const key = `${x.length} ${x[0]} ${from}`;
        if (!made.has(key)) made.set(key, maskedReals(count > 0 ? cut(x, from, count) : x, { ...format, shape }));
        const { bits, frac, first, second } = made.get(key)![party.role];
        return new Masked(shape, bits, frac, first, second);
      }),
    );
    return Float64Array.from(
      results[1].flatMap((_, i) => {
        const parts = results.map((values) => values[i]!) as never as Parts<Additive>;
        return open(parts).map((value) => Number(value) / 2 ** parts[1].frac);
      }),
    );
  }
});
