import { describe, expect, test } from 'vitest';
import { reshape } from '../../src/mpc/local.ts';
import type { Masked } from '../../src/mpc/values.ts';
import { type AttentionSize, attention, attentionPrice } from '../../src/ops/secure-attention.ts';
import { attentionRings } from '../../src/ops/secure-rings.ts';
import { type Form, formOf, type Secure, wanted, wantedPrice } from '../../src/ops/secure-values.ts';
import { uniform } from '../mpc/numbers.ts';
import { additive, fixed, maskedReals, type Parts, run } from '../mpc/parties.ts';

const value = (rows: number, width: number, { masked, ...ring }: Form): Parts<Secure> => {
  const x = uniform(rows * width, -1, 1);
  const format = { ...ring, shape: [rows, width] };
  return masked ? maskedReals(x, format) : additive(fixed(x, ring.frac), format);
};

const WANTED: [string, Form, { bits: number; frac: number }][] = [
  ['masked, to fewer bits: free', { bits: 52, frac: 18, masked: true }, { bits: 44, frac: 16 }],
  ['masked, to more fraction: free', { bits: 40, frac: 10, masked: true }, { bits: 44, frac: 14 }],
  ['masked, to a larger ring', { bits: 48, frac: 18, masked: true }, { bits: 64, frac: 18 }],
  ['additive, with bits to spare', { bits: 52, frac: 36, masked: false }, { bits: 28, frac: 14 }],
  ['additive, without', { bits: 52, frac: 36, masked: false }, { bits: 52, frac: 18 }],
];

test.each(WANTED)('wanted: %s', async (_, from, to) => {
  const { bill, reals } = await run([value(8, 8, from)], async (p, x) => {
    expect(formOf(x)).toEqual(from);
    return wanted(p, x, to);
  });
  expect(bill).toEqual(wantedPrice(64, from, to));
  uniform(64, -1, 1).forEach((v, i) => {
    expect(Math.abs(reals[i]! - v)).toBeLessThan(2 * 2 ** -Math.min(from.frac, to.frac));
  });
});

type Six = [Parts<Secure>, Parts<Secure>, Parts<Secure>, Parts<Secure>, Parts<Secure>, Parts<Masked>];

const MASKED = { bits: 52, frac: 18, masked: true };
const ADDITIVE = { bits: 52, frac: 36, masked: false };

describe.each([
  ['masked', MASKED],
  ['additive', ADDITIVE],
])('attention of %s values costs what it declares', (_, form) => {
  const SIZES: AttentionSize[] = [
    { heads: 2, queries: 64, keys: 64, width: 16, longest: 512 },
    { heads: 2, queries: 64, keys: 64, width: 16, longest: 64, padded: true },
    { heads: 64, queries: 1, keys: 64, width: 1, longest: 64 },
    { heads: 64, keyHeads: 32, queries: 1, keys: 64, width: 2, longest: 4096, causal: true, rotary: true },
    { heads: 128, queries: 31, keys: 31, width: 4, longest: 1024, causal: true },
    { heads: 128, queries: 31, keys: 31, width: 4, longest: 8, causal: true, window: 8 },
    { heads: 64, keyHeads: 64, queries: 1, keys: 128, past: 127, width: 2, longest: 256, causal: true, rotary: true },
  ];
  const cases = [11, 14, 20].flatMap((scores) => SIZES.map((size) => [scores, size] as const));

  test.each(cases)('scores below 2^%i, %o', async (scores, size) => {
    const { heads, keyHeads = heads, queries, keys, past = 0, width, longest, causal = false, rotary } = size;
    const { padded = false, window } = size;
    const plan = { integers: { scores, values: 10 } };
    const inputs = [
      value(queries, heads * width, form),
      value(keys - past, keyHeads * width, form),
      value(keys - past, keyHeads * width, form),
    ] as const;
    const { query, value: held } = attentionRings(plan.integers, longest, padded);
    const before = [query, held].map((ring) => value(keyHeads * past, width, { ...ring, masked: true }));
    const mask = maskedReals(Array(keys).fill(1), { bits: 48, shape: [1, keys] });
    const { bill } = await run([...inputs, ...before, mask] as Six, (p, q, k, v, keysBefore, valuesBefore, mask) => {
      const shape = [keyHeads, past, width];
      const kept = {
        rows: past,
        ...(past > 0
          ? { keys: reshape(keysBefore as Masked, shape), values: reshape(valuesBefore as Masked, shape) }
          : {}),
      };
      const turns = rotary ? { rotary: { frequencies: () => new Float64Array(width / 2).fill(0.1) } } : {};
      const how = { name: 'layer.0.attention', longest, heads, keyHeads, causal, window, past: kept, ...turns };
      return attention(p, q, k, v, padded ? mask : undefined, how, plan);
    });
    const price = attentionPrice(size, form, form, form, plan);
    expect(bill.rounds).toBe(price.rounds);
    // rows of different lengths fill their bytes badly
    const slack = causal && queries > 1 ? 8 * 200 : 0;
    for (const link of ['dealer', 'online'] as const) {
      expect(bill[link]).toBeGreaterThanOrEqual(price[link]);
      expect(bill[link] - price[link]).toBeLessThanOrEqual(slack);
    }
  });
});
