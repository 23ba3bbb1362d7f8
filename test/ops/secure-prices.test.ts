import { describe, expect, test } from 'vitest';
import { attention, attentionPrice } from '../../src/ops/secure-attention.ts';
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

const MASKED = { bits: 52, frac: 18, masked: true };
const ADDITIVE = { bits: 52, frac: 36, masked: false };

describe.each([
  ['masked', MASKED],
  ['additive', ADDITIVE],
])('attention of %s values costs what it declares', (_, form) => {
  test.each([
    { heads: 2, queries: 64, keys: 64, width: 16 },
    { heads: 64, queries: 1, keys: 64, width: 1 },
  ])('%o', async (size) => {
    const { heads, queries, keys, width } = size;
    const parts = [queries, keys, keys].map((rows) => value(rows, heads * width, form));
    const { bill } = await run(parts as [Parts<Secure>, Parts<Secure>, Parts<Secure>], (p, q, k, v) =>
      attention(p, q, k, v, undefined, heads),
    );
    expect(bill).toEqual(attentionPrice(size, form, form, form));
  });
});
