import { describe, expect, test } from 'vitest';
import { drop, reduce, toAdditive } from '../../src/mpc/local.ts';
import { mirroredForm, mirroredMatmul, mirroredPrice } from '../../src/mpc/mirror.ts';
import { remask } from '../../src/mpc/remask.ts';
import { integers } from './numbers.ts';
import { masked, run } from './parties.ts';

test.each([
  [12, 40, 12],
  [51, 51, 51],
  [52, 64, 51],
  [53, 60, 52],
  [64, 64, 63],
])('a product of %i and %i bits has %i', (x, y, bits) => {
  expect(mirroredForm({ bits: x, frac: 3 }, { bits: y, frac: 4 })).toEqual({ bits, frac: 7 });
});

/** x [batch, m, k] by y [batch, n, k] transposed, from the definition. */
function clear(x: readonly bigint[], y: readonly bigint[], batch: number, m: number, k: number, n: number): bigint[] {
  return Array.from({ length: batch * m * n }, (_, at) => {
    const [z, i, j] = [Math.floor(at / (m * n)), Math.floor(at / n) % m, at % n];
    let sum = 0n;
    for (let s = 0; s < k; s++) sum += x[(z * m + i) * k + s]! * y[(z * n + j) * k + s]!;
    return sum;
  });
}

describe.each([
  [1, 1, 1, 1],
  [1, 3, 65, 7],
  [2, 17, 9, 20],
  [3, 2, 0, 2],
  [1, 0, 3, 4],
])('%i times %i x %i by %i', (batch, m, k, n) => {
  test.each([
    [12, 12],
    [40, 40],
    [44, 52],
    [52, 52],
    [64, 64],
    [64, 33],
  ])('in Z_2^%i and Z_2^%i: all of the range, and the bill', async (xBits, yBits) => {
    const [xs, ys] = [integers(batch * m * k, xBits, 1), integers(batch * n * k, yBits, 2)];
    const [x, y] = [
      { bits: xBits, frac: 0 },
      { bits: yBits, frac: 0 },
    ];
    const { values, bill } = await run([masked(xs, x), masked(ys, y)], (p, a, b) =>
      mirroredMatmul(p, a, b, { batch, m, k, n, transposeB: true }),
    );
    const ring = mirroredForm(x, y).bits;
    expect(values[0]).toEqual(clear(xs, ys, batch, m, k, n).map((v) => BigInt.asIntN(ring, v)));
    const price = mirroredPrice(batch * m * n, x, y);
    expect(bill).toEqual({ ...price, dealer: 8 * Math.ceil(price.dealer / 8) });
  });
});

test('of values that protocols made: lanes have bits above the ring, and not the same ones at both evaluators', async () => {
  const [xs, ys] = [integers(600, 30, 3), integers(600, 30, 4)];
  const { values } = await run([masked(xs, { bits: 40 }), masked(ys, { bits: 40 })], async (p, a, b) => {
    const again = await remask(p, toAdditive(p, a));
    const fewer = reduce(drop(p, b, 4), 33);
    return mirroredMatmul(p, reduce(again, 39), fewer, { batch: 1, m: 1, k: 600, n: 1, transposeB: true });
  });
  const exact = xs.reduce((sum, v, i) => sum + v * (ys[i]! >> 4n), 0n);
  const error = BigInt.asIntN(33, values[0]![0]! - exact);
  const most = xs.reduce((sum, v) => sum + (v < 0n ? -v : v), 0n) * 2n; // 1.5 units of y, and what >> has lost
  expect(error < most && error > -most).toBe(true);
});
