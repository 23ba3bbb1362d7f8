import { describe, expect, test } from 'vitest';
import {
  add,
  addAdditive,
  addPublic,
  addPublicAdditive,
  drop,
  negate,
  permute,
  raise,
  raiseAdditive,
  reduce,
  reshape,
  rowSum,
  scale,
  slice,
  sub,
  toAdditive,
} from '../../src/mpc/local.ts';
import type { Masked } from '../../src/mpc/values.ts';
import type { Party } from '../../src/party/party.ts';
import { integers, mean, SIZES, worst } from './numbers.ts';
import { additive, masked, type Result, run } from './parties.ts';

const RINGS = [20, 37, 64];
const FREE = { rounds: 0, dealer: 0, online: 0 };

type Each = [string, (p: Party, x: Masked, y: Masked) => Result, (x: bigint, y: bigint) => bigint];

const EXACT: Each[] = [
  ['add', (p, x, y) => add(p, x, y), (x, y) => x + y],
  ['sub', (p, x, y) => sub(p, x, y), (x, y) => x - y],
  ['negate', (p, x) => negate(p, x), (x) => -x],
  ['scale', (p, x) => scale(p, x, -77n), (x) => -77n * x],
  ['addPublic', (p, x) => addPublic(p, x, -5n), (x) => x - 5n],
  ['reduce', (_, x) => reduce(x, 13), (x) => x],
  ['toAdditive', (p, x) => toAdditive(p, x), (x) => x],
  [
    'addAdditive',
    (p, x, y) =>
      addAdditive(
        p,
        [x, y, x].map((v) => toAdditive(p, v)),
      ),
    (x, y) => 2n * x + y,
  ],
  ['addPublicAdditive', (p, x) => addPublicAdditive(p, toAdditive(p, x), 9n), (x) => x + 9n],
  ['raise', (p, x) => raise(p, x, 7), (x) => x << 7n],
  ['raise by nothing', (p, x) => raise(p, x, 0), (x) => x],
  ['raiseAdditive', (p, x) => raiseAdditive(p, toAdditive(p, x), 7), (x) => x << 7n],
];

describe.each(EXACT)('%s', (_, local, clear) => {
  test.each(RINGS)('in Z_2^%i: exact, at every size, free', async (bits) => {
    for (const n of SIZES) {
      const [x, y] = [integers(n, bits - 1, 1), integers(n, bits - 1, 2)];
      let ring = 0;
      const { values, bill } = await run([masked(x, { bits }), masked(y, { bits })], async (p, a, b) => {
        const out = local(p, a, b);
        if ('bits' in out) ring = out.bits;
        return out;
      });
      expect(values[0]).toEqual(x.map((v, i) => BigInt.asIntN(ring, clear(v, y[i]!))));
      expect(bill).toEqual(FREE);
    }
  });
});

test.each([
  [20, 8],
  [37, 1],
  [64, 40],
  [64, 63],
])('drop in Z_2^%i of %i bits: right to 1.5 units, bias 2^-(t + 1)', async (bits, t) => {
  const x = integers(4096, bits - 1);
  const { values, bill } = await run([masked(x, { bits, frac: t })], async (p, a) => drop(p, a, t));
  const units = 2 ** t;
  const wrap = 2 ** (bits - t);
  const errors = values[0]!.map((v, i) => {
    const error = Number(v) - Number(x[i]!) / units;
    return error - wrap * Math.round(error / wrap); // the extremes may round out of the ring
  });
  if (bits - t > 2)
    expect(
      worst(
        errors,
        errors.map(() => 0),
      ),
    ).toBeLessThanOrEqual(1.5 + 1e-9);
  if (bits - t > 2) expect(Math.abs(mean(errors) + 2 ** -(t + 1))).toBeLessThan(0.05);
  expect(bill).toEqual(FREE);
});

test('broadcast: a row and a column', async () => {
  const x = masked([1n, 2n, 3n, 4n, 5n, 6n], { bits: 20, shape: [2, 3] });
  const [row, column] = [masked([10n, 20n, 30n], { bits: 20 }), masked([100n, 200n], { bits: 24 })];
  const { values } = await run([x, row, column], async (p, a, r, c) => [add(p, a, r), sub(p, a, c, 3)]);
  expect(values).toEqual([
    [11n, 22n, 33n, 14n, 25n, 36n],
    [-99n, -98n, -97n, -196n, -195n, -194n],
  ]);
});

test('sums lie in the smallest ring of their terms', async () => {
  const [x, y] = [additive([30_000n], { bits: 64 }), additive([30_000n], { bits: 16 })];
  const { values } = await run([x, y], async (p, a, b) => addAdditive(p, [a, b]));
  expect(values[0]).toEqual([60_000n - 65_536n]);
});

test('shapes: reshape, slice, permute, rowSum', async () => {
  const x = masked([1n, 2n, 3n, 4n, 5n, 6n], { bits: 12, shape: [2, 3] });
  const { values } = await run([x], async (p, a) => [
    reshape(a, [6]),
    slice(a, 2, [3]),
    permute(p, a, [2, 3], [1, 0]),
    rowSum(p, a, 3),
  ]);
  expect(values).toEqual([
    [1n, 2n, 3n, 4n, 5n, 6n],
    [3n, 4n, 5n],
    [1n, 4n, 2n, 5n, 3n, 6n],
    [6n, 15n],
  ]);
});

test('what makes no sense is refused', async () => {
  const refuse = async (local: (p: Party, x: Masked) => Result, message: string) =>
    expect(run([masked([1n], { bits: 12, frac: 3 })], async (p, x) => local(p, x))).rejects.toThrow(message);
  await refuse((_, x) => reduce(x, 13), 'cannot reduce Z_2^12 to Z_2^13');
  await refuse((_, x) => reshape(x, [2]), 'keep the size');
  await refuse((p, x) => add(p, x, raise(p, x, 1)), 'fractional bits differ: 3 and 4');
  await refuse(
    (p, x) =>
      addAdditive(
        p,
        [x, raise(p, x, 1)].map((v) => toAdditive(p, v)),
      ),
    'terms of a sum differ',
  );
});
