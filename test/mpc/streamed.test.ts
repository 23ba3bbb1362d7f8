import { describe, expect, test } from 'vitest';
import { mirroredForm, mirroredMatmul, mirroredPrice } from '../../src/mpc/mirror.ts';
import { streamedMatmul } from '../../src/mpc/streamed.ts';
import { integers } from './numbers.ts';
import { masked, run } from './parties.ts';
import { stream } from './streams.ts';

type Shape = [n: number, k: number, width: number, block: number];

const SHAPES: Shape[] = [
  [1, 1, 1, 1],
  [1, 65, 7, 3],
  [1, 7, 65, 64],
  [3, 13, 8, 5],
  [17, 9, 20, 8],
  [4, 6, 5, 100],
  [20, 3, 33, 1],
  [2, 0, 3, 2],
  [2, 3, 0, 2],
  [0, 3, 4, 2],
];

/** [n, width], straight from the definition; y is [k, width], or [width, k] when transposed. */
function clear(x: readonly bigint[], y: readonly bigint[], [n, k, width]: Shape, transposed: boolean): bigint[] {
  const at = (s: number, j: number) => y[transposed ? j * k + s : s * width + j]!;
  const entry = (i: number, j: number) =>
    Array.from({ length: k }, (_, s) => x[i * k + s]! * at(s, j)).reduce((sum, v) => sum + v, 0n);
  return Array.from({ length: n * width }, (_, e) => entry(Math.floor(e / width), e % width));
}

describe.each([false, true])('transposed: %s', (transposed) => {
  describe.each(SHAPES)('%i x %i by %i columns, %i rows at a time', (...shape) => {
    const [n, k, width, block] = shape;
    const size = transposed ? [width, k] : [k, width];

    test.each([12, 40, 64])('in Z_2^%i', async (bits) => {
      const [x, y] = [integers(n * k, bits - 1, 1), integers(k * width, bits - 1, 2)];
      const { values, bill } = await run(
        [masked(x, { bits, shape: [n, k] }), masked(y, { bits, shape: size })],
        (p, a, b) => streamedMatmul(p, a, stream(p, b, block), transposed),
      );
      const ring = { bits, frac: 0 };
      const reduced = (v: bigint) => BigInt.asIntN(mirroredForm(ring, ring).bits, v);
      expect(values[0]).toEqual(clear(x, y, shape, transposed).map(reduced));
      const price = mirroredPrice(n * width, ring, ring);
      expect(bill).toEqual({ ...price, dealer: 8 * Math.ceil(price.dealer / 8) });
    });
  });
});

test('the same step and the same messages as the product of a held matrix', async () => {
  const parts = [
    masked(integers(6, 30, 1), { bits: 40, frac: 5, shape: [2, 3] }),
    masked(integers(12, 20, 2), { bits: 33, frac: 7, shape: [4, 3] }),
  ] as const;
  const messages = async (streamed: boolean) => {
    const sent: string[] = [];
    await run([...parts], async (p, a, b) => {
      if (p.deals) {
        for (const link of p.session.links) {
          if (!link) continue;
          const { send } = link;
          link.send = (label, ...bytes) => {
            sent.push(`${link.peer} ${Buffer.from(label, 'latin1').toString('hex')} ${Buffer.concat(bytes).length}`);
            send.call(link, label, ...bytes);
          };
        }
      }
      const out = streamed
        ? await streamedMatmul(p, a, stream(p, b, 2), true)
        : await mirroredMatmul(p, a, b, { batch: 1, m: 2, k: 3, n: 4, transposeB: true });
      expect([out.bits, out.frac]).toEqual([33, 12]);
      return streamed
        ? streamedMatmul(p, a, stream(p, b, 2), true)
        : mirroredMatmul(p, a, b, { batch: 1, m: 2, k: 3, n: 4, transposeB: true });
    });
    return sent;
  };
  const streamed = await messages(true);
  expect(streamed).toEqual(await messages(false));
  expect(streamed).toHaveLength(2);
});

test('an operand of the wrong size is refused', async () => {
  const [x, y] = [masked([1n, 2n], { bits: 8, shape: [1, 2] }), masked([1n, 2n, 3n], { bits: 8, shape: [1, 3] })];
  const product = run([x, y], (p, a, b) => streamedMatmul(p, a, stream(p, b, 1), true));
  await expect(product).rejects.toThrow('left operand has the wrong size');
});

test('a matrix that cannot be read fails the product', async () => {
  const x = masked([1n], { bits: 8, shape: [1, 1] });
  const product = run([x], (p, a) => {
    const each = async () => Promise.reject(new Error('the disk is gone'));
    return streamedMatmul(p, a, { shape: [1, 1], bits: 8, frac: 0, each }, true);
  });
  await expect(product).rejects.toThrow('the disk is gone');
});
