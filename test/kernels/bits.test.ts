import { describe, expect, test } from 'vitest';
import { bitmap, bitOf, engines, expectLanes, lanes, SIZES } from './engines.ts';

const ALL = 0xffff_ffff_ffff_ffffn;

/** A bitmap from its bits. */
function mapOf(n: number, bit: (i: number) => bigint): bigint[] {
  const out = Array<bigint>(Math.ceil(n / 64)).fill(0n);
  for (let i = 0; i < n; i++) out[Math.floor(i / 64)]! |= bit(i) << BigInt(i % 64);
  return out;
}

describe.each(engines)('bits, %s', (_, k) => {
  test('planes', () => {
    for (const n of SIZES)
      for (const [first, count] of [
        [0, 64],
        [0, 0],
        [63, 1],
        [0, 1],
        [5, 7],
        [31, 2],
        [20, 44],
        [3, 20],
        [50, 13],
        [4, 8],
        [2, 16],
        [11, 48],
      ] as const) {
        const a = lanes(n, 'a');
        const out = lanes(count * Math.ceil(n / 64), 'out');
        k.planes(out, a, first, count);
        const want = Array.from({ length: count }, (_, j) => mapOf(n, (i) => (a[i]! >> BigInt(first + j)) & 1n)).flat();
        expectLanes(out, want, `${n} lanes, ${first} + ${count}`);
      }
  });

  test('xor, and, andXor', () => {
    for (const n of SIZES) {
      const [a, b, out] = [lanes(n, 'a'), lanes(n, 'b'), lanes(n, 'out')];
      const before = out.slice();
      k.andXor(out, a, b);
      expectLanes(
        out,
        Array.from(before, (x, i) => x ^ (a[i]! & b[i]!)),
      );
      k.xor(out, a, b);
      expectLanes(
        out,
        Array.from(a, (x, i) => x ^ b[i]!),
      );
      k.and(a, a, b);
      k.and(out, out, out);
      expectLanes(
        out,
        Array.from(before, (_, i) => lanes(n, 'a')[i]! ^ b[i]!),
      );
    }
  });

  test('not keeps the rest zero', () => {
    for (const n of SIZES) {
      const a = bitmap(n, 'a');
      const out = new BigUint64Array(a.length).fill(ALL);
      k.not(out, a, n);
      expectLanes(
        out,
        mapOf(n, (i) => 1n - bitOf(a, i)),
      );
      k.not(out, out, n);
      expectLanes(out, a);
    }
  });

  test('spread, blend', () => {
    for (const n of SIZES) {
      const [c, d, e, out] = [bitmap(n, 'c'), lanes(n, 'd'), lanes(n, 'e'), lanes(n, 'out')];
      k.spread(out, c);
      expectLanes(
        out,
        Array.from(out, (_, i) => bitOf(c, i)),
      );
      const want = Array.from(out, (_, i) => (bitOf(c, i) ? d[i]! - e[i]! : e[i]!));
      k.blend(out, c, d, e);
      expectLanes(out, want);
      const onE = e.slice();
      k.blend(onE, c, d, onE);
      expectLanes(onE, want);
      k.blend(d, c, d, e);
      expectLanes(d, want);
    }
  });

  test('wrong sizes are named', () => {
    const two = new BigUint64Array(2);
    expect(() => k.planes(two, new BigUint64Array(64), 60, 5)).toThrow('planes: count is 5, expected 0..4');
    expect(() => k.spread(new BigUint64Array(64), two)).toThrow(
      'spread: an operand has 2 elements, the shape asks for 1',
    );
  });
});
