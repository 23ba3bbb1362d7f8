import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ALL_BITS, engines, expectLanes, lanes, SIZES, wrap } from './engines.ts';

const binary = {
  add: (a: bigint, b: bigint) => a + b,
  sub: (a: bigint, b: bigint) => a - b,
  mul: (a: bigint, b: bigint) => a * b,
};
type Binary = keyof typeof binary;
const NAMES = Object.keys(binary) as Binary[];

describe.each(engines)('ring, %s', (_, k) => {
  test.each(NAMES)('%s: every size, and in place', (name) => {
    for (const n of SIZES) {
      const [a, b, out] = [lanes(n, 'a'), lanes(n, 'b'), lanes(n, 'out')];
      const want = Array.from(a, (x, i) => binary[name](x, b[i]!));
      k[name](out, a, b);
      expectLanes(out, want, `${name} ${n}`);
      const [onA, onB] = [a.slice(), b.slice()];
      k[name](onA, onA, b);
      expectLanes(onA, want, `${name} ${n} on a`);
      k[name](onB, a, onB);
      expectLanes(onB, want, `${name} ${n} on b`);
    }
  });

  test.each(NAMES)('%s: broadcast', (name) => {
    fc.assert(
      fc.property(fc.nat(300), fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 40 }), (n, length, inner) => {
        const [a, b, out] = [lanes(n, 'a'), lanes(length, 'b'), new BigUint64Array(n)];
        k[name](out, a, b, inner);
        expectLanes(
          out,
          Array.from(a, (x, i) => binary[name](x, b[Math.floor(i / inner) % length]!)),
        );
      }),
      { numRuns: 60 },
    );
  });

  test('a view at an offset', () => {
    const a = lanes(200, 'a').subarray(3, 103);
    const b = lanes(101, 'b').subarray(1);
    const out = new BigUint64Array(150).subarray(7, 107);
    k.add(out, a, b);
    expectLanes(
      out,
      Array.from(a, (x, i) => x + b[i]!),
    );
    expect(new BigUint64Array(out.buffer)[6]).toBe(0n);
    expect(new BigUint64Array(out.buffer)[107]).toBe(0n);
  });

  test('neg, addConst, scale', () => {
    for (const n of SIZES) {
      const a = lanes(n, 'a');
      const out = a.slice();
      k.neg(out, out);
      expectLanes(
        out,
        Array.from(a, (x) => -x),
      );
      for (const c of [0n, 1n, -1n, 1n << 40n, 0x0123_4567_89ab_cdefn, -(1n << 63n)]) {
        k.addConst(out, a, c);
        expectLanes(
          out,
          Array.from(a, (x) => x + c),
          'addConst',
        );
        k.scale(out, a, c);
        expectLanes(
          out,
          Array.from(a, (x) => x * c),
          'scale',
        );
      }
    }
  });

  test('shiftRight and reduce: all bits', () => {
    const a = lanes(130, 'a');
    const out = new BigUint64Array(130);
    for (const bits of ALL_BITS) {
      k.reduce(out, a, bits);
      expectLanes(
        out,
        Array.from(a, (x) => wrap(x, bits)),
      );
      for (const shift of [0, 1, bits - 1, 63]) {
        k.shiftRight(out, a, shift, bits);
        expectLanes(
          out,
          Array.from(a, (x) => wrap(x, bits) >> BigInt(shift)),
          `${shift} of ${bits}`,
        );
      }
    }
  });

  test('cross: broadcast', () => {
    for (const [n, length, inner] of [
      ...SIZES.map((n) => [n, Math.max(n, 1), 1]),
      [60, 12, 1],
      [60, 5, 12],
      [61, 1, 1],
    ]) {
      const [mx, lx, my, hy] = [lanes(n!, 'mx'), lanes(n!, 'lx'), lanes(length!, 'my'), lanes(length!, 'hy')];
      const out = lanes(n!, 'out');
      const want = Array.from(out, (x, i) => {
        const j = Math.floor(i / inner!) % length!;
        return x + mx[i]! * hy[j]! - lx[i]! * my[j]!;
      });
      k.cross(out, mx, lx, my, hy, inner);
      expectLanes(out, want, `${n} ${length} ${inner}`);
    }
  });

  test('rowSum, dotRows, crossRowSum', () => {
    for (const [rows, cols] of [
      [0, 5],
      [5, 0],
      [1, 1],
      [3, 64],
      [7, 65],
      [2, 1000],
    ] as const) {
      const [a, b, l, h] = ['a', 'b', 'l', 'h'].map((label) => lanes(rows * cols, label)) as [
        BigUint64Array,
        BigUint64Array,
        BigUint64Array,
        BigUint64Array,
      ];
      const over = (r: number, term: (i: number, c: number) => bigint) => {
        let sum = 0n;
        for (let c = 0; c < cols; c++) sum += term(r * cols + c, c);
        return sum;
      };
      const out = lanes(rows, 'out');
      const before = out.slice();
      k.crossRowSum(out, a, l, b, h, cols);
      expectLanes(
        out,
        Array.from(before, (x, r) => x + over(r, (i) => a[i]! * h[i]! - l[i]! * b[i]!)),
        'crossRowSum',
      );
      if (rows > 0) {
        out.set(before);
        k.crossRowSum(out, a, l, b.subarray(0, cols), h.subarray(0, cols), cols);
        expectLanes(
          out,
          Array.from(before, (x, r) => x + over(r, (i, c) => a[i]! * h[c]! - l[i]! * b[c]!)),
          'crossRowSum of one row',
        );
      }
      k.rowSum(out, a, cols);
      expectLanes(
        out,
        Array.from(before, (_, r) => over(r, (i) => a[i]!)),
        'rowSum',
      );
      k.dotRows(out, a, b, cols);
      expectLanes(
        out,
        Array.from(before, (_, r) => over(r, (i) => a[i]! * b[i]!)),
        'dotRows',
      );
    }
  });

  test('permute: every order of 2 to 4 axes', () => {
    for (const dims of [
      [0, 3],
      [1, 1],
      [40, 33],
      [2, 3, 5],
      [4, 1, 7],
      [2, 3, 4, 5],
      [3, 34, 2, 35],
    ]) {
      const a = lanes(
        dims.reduce((x, y) => x * y),
        'a',
      );
      const out = new BigUint64Array(a.length);
      for (const perm of orders(dims.length)) {
        k.permute(out, a, dims, perm);
        expectLanes(out, permuted(a, dims, perm), `[${dims}] by [${perm}]`);
      }
    }
  });

  test('copyRuns: any runs, one after the other', () => {
    const a = lanes(1000, 'a');
    for (const runs of [[], [0, 0, 1000], [5, 990, 10, 0, 3, 1, 999, 0, 1, 1000, 1000, 0], [0, 7, 0]]) {
      const [out, want] = [lanes(1000, 'out'), Array.from(lanes(1000, 'out'))];
      for (let r = 0; r < runs.length; r += 3)
        for (let i = 0; i < runs[r + 2]!; i++) want[runs[r]! + i] = a[runs[r + 1]! + i]!;
      k.copyRuns(out, a, Int32Array.from(runs));
      expectLanes(out, want, `[${runs}]`);
    }
  });

  test('wrong sizes are named', () => {
    const [two, three] = [new BigUint64Array(2), new BigUint64Array(3)];
    expect(() => k.add(two, three, three)).toThrow('add: sizes differ: 2, 3, 3');
    expect(() => k.mul(two, two, new BigUint64Array(0))).toThrow('mul: nothing to broadcast');
    expect(() => k.add(two, two, two, 0)).toThrow('add: inner is 0');
    expect(() => k.reduce(two, two, 65)).toThrow('reduce: bits is 65, expected 1..64');
    expect(() => k.rowSum(two, three, 2)).toThrow('rowSum: 2 rows of 2 do not make 3 elements');
    const copy = (...runs: number[]) => k.copyRuns(two, three, Int32Array.from(runs));
    expect(() => copy(0, 0, 2, 0)).toThrow('copyRuns: runs take three numbers each, got 4');
    for (const run of [
      [0, 0, 3],
      [1, 0, 2],
      [0, 2, 2],
      [-1, 0, 1],
      [0, -1, 1],
      [0, 1, -1],
    ])
      expect(() => copy(...run)).toThrow(`copyRuns: [${run.join(', ')}] is not a run of 3 lanes to 2`);
    expect(() => k.copyRuns(two, two, Int32Array.of(0, 1, 1))).toThrow('copyRuns: out must not be its input');
    expect(() => k.permute(two, two, [2, 1], [0, 0])).toThrow('permute: [0,0] is not an order of the axes [2,1]');
  });
});

function orders(n: number): number[][] {
  if (n === 0) return [[]];
  return orders(n - 1).flatMap((rest) =>
    Array.from({ length: n }, (_, i) => [...rest.slice(0, i), n - 1, ...rest.slice(i)]),
  );
}

function permuted(a: BigUint64Array, dims: number[], perm: number[]): bigint[] {
  const shape = perm.map((axis) => dims[axis]!);
  return Array.from(a, (_, flat) => {
    const index: number[] = [];
    let rest = flat;
    for (let j = shape.length - 1; j >= 0; j--) {
      index[perm[j]!] = rest % shape[j]!;
      rest = Math.floor(rest / shape[j]!);
    }
    return a[index.reduce((at, i, axis) => at * dims[axis]! + i, 0)]!;
  });
}
