import { describe, expect, test } from 'vitest';
import { type Extent, matmul, product, rowDot } from '../../src/mpc/product.ts';
import { integers, SIZES } from './numbers.ts';
import { masked, run } from './parties.ts';

const RINGS = [12, 33, 64];

describe.each(RINGS)('in Z_2^%i', (bits) => {
  const ring = (x: bigint) => BigInt.asIntN(bits, x);

  test.each(SIZES)('product of %i elements', async (n) => {
    const [x, y] = [integers(n, bits - 1, 1), integers(n, bits - 1, 2)];
    const { values, bill } = await run([masked(x, { bits }), masked(y, { bits })], (p, a, b) => product(p, a, b));
    expect(values[0]).toEqual(x.map((v, i) => ring(v * y[i]!)));
    expect(bill).toMatchObject({ rounds: 0, online: 0 });
  });

  test('product with a row and with a column', async () => {
    const x = integers(7 * 9, bits - 1);
    const [row, column] = [integers(9, bits - 1, 2), integers(7, bits - 1, 3)];
    const parts = [masked(x, { bits, shape: [7, 9] }), masked(row, { bits }), masked(column, { bits })] as const;
    const { values } = await run([...parts], async (p, a, r, c) => [await product(p, a, r), await product(p, a, c, 9)]);
    expect(values[0]).toEqual(x.map((v, i) => ring(v * row[i % 9]!)));
    expect(values[1]).toEqual(x.map((v, i) => ring(v * column[Math.floor(i / 9)]!)));
  });

  test.each([
    [0, 5],
    [1, 1],
    [7, 65],
    [64, 3],
  ])('inner products of %i rows of %i', async (rows, cols) => {
    const [x, y] = [integers(rows * cols, bits - 1, 1), integers(rows * cols, bits - 1, 2)];
    const { values } = await run([masked(x, { bits }), masked(y, { bits })], (p, a, b) => rowDot(p, a, b, cols));
    const dot = (r: number) => x.slice(r * cols, (r + 1) * cols).reduce((sum, v, c) => sum + v * y[r * cols + c]!, 0n);
    expect(values[0]).toEqual(Array.from({ length: rows }, (_, r) => ring(dot(r))));
  });
});

test('the product has the smaller ring and all the fractional bits', async () => {
  const [x, y] = [masked([3n], { bits: 40, frac: 4 }), masked([-5n], { bits: 30, frac: 6 })];
  const { reals } = await run([x, y], async (p, a, b) => {
    const out = await product(p, a, b);
    expect([out.bits, out.frac]).toEqual([30, 10]);
    return out;
  });
  expect(reals).toEqual([-15 / 2 ** 10]);
});

const SHAPES: [string, Extent][] = [
  ['1 x 1', { batch: 1, m: 1, k: 1, n: 1 }],
  ['a row', { batch: 1, m: 1, k: 65, n: 7 }],
  ['odd', { batch: 1, m: 7, k: 13, n: 5 }],
  ['wide', { batch: 1, m: 3, k: 300, n: 70 }],
  ['batch', { batch: 3, m: 5, k: 4, n: 6 }],
  ['batch, b transposed', { batch: 3, m: 5, k: 4, n: 6, transposeB: true }],
  ['a transposed', { batch: 2, m: 5, k: 4, n: 6, transposeA: true }],
  ['one b for all', { batch: 3, m: 5, k: 4, n: 6, shareB: true }],
  ['one b for all, transposed', { batch: 3, m: 5, k: 4, n: 6, shareB: true, transposeB: true }],
  ['no rows', { batch: 1, m: 0, k: 4, n: 6 }],
  ['no columns', { batch: 1, m: 5, k: 4, n: 0 }],
  ['no products', { batch: 0, m: 5, k: 4, n: 6 }],
  ['nothing to sum', { batch: 2, m: 2, k: 0, n: 3 }],
];

/** [batch, m, n], straight from the definition. */
function clear(x: readonly bigint[], y: readonly bigint[], { batch, m, k, n, ...flags }: Extent): bigint[] {
  const a = (b: number, i: number, s: number) => x[b * m * k + (flags.transposeA ? s * m + i : i * k + s)]!;
  const at = (s: number, j: number) => (flags.transposeB ? j * k + s : s * n + j);
  const c = (b: number, s: number, j: number) => y[(flags.shareB ? 0 : b * k * n) + at(s, j)]!;
  const entry = (b: number, i: number, j: number) =>
    Array.from({ length: k }, (_, s) => a(b, i, s) * c(b, s, j)).reduce((sum, v) => sum + v, 0n);
  return Array.from({ length: batch * m * n }, (_, e) => entry(Math.floor(e / (m * n)), Math.floor(e / n) % m, e % n));
}

describe.each(SHAPES)('matmul: %s', (_, extent) => {
  test.each(RINGS)('in Z_2^%i', async (bits) => {
    const { batch, m, k, n } = extent;
    const x = integers(batch * m * k, bits - 1, 1);
    const y = integers((extent.shareB ? 1 : batch) * k * n, bits - 1, 2);
    const { values, bill } = await run([masked(x, { bits }), masked(y, { bits })], (p, a, b) =>
      matmul(p, a, b, extent),
    );
    expect(values[0]).toEqual(clear(x, y, extent).map((v) => BigInt.asIntN(bits, v)));
    expect(bill).toEqual({ rounds: 0, dealer: 8 * Math.ceil((batch * m * n * bits) / 8), online: 0 });
  });
});

test('operands of the wrong size are refused', async () => {
  const [x, y] = [masked([1n, 2n], { bits: 8 }), masked([1n, 2n, 3n], { bits: 8 })];
  const left = run([x, y], (p, a, b) => matmul(p, a, b, { batch: 1, m: 1, k: 3, n: 1 }));
  await expect(left).rejects.toThrow('left operand has the wrong size');
  const right = run([x, y], (p, a, b) => matmul(p, a, b, { batch: 1, m: 1, k: 2, n: 1 }));
  await expect(right).rejects.toThrow('right operand has the wrong size');
});
