import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { MatmulShape } from '../../src/kernels/index.ts';
import { ALL_BITS, expectLanes, lanes, modelledEngines, threadedEngines, twin, wrap } from './engines.ts';

type Part = Partial<MatmulShape> & Pick<MatmulShape, 'm' | 'k' | 'n'>;
const shaped = (part: Part): MatmulShape => ({ batch: 1, bits: 64, accumulate: 0, ...part });

function operands(s: MatmulShape) {
  return {
    out: lanes(s.batch * s.m * s.n, 'out'),
    a: lanes(s.batch * s.m * s.k, 'a'),
    b: lanes((s.shareB ? 1 : s.batch) * s.k * s.n, 'b'),
  };
}

/** The definition, on unbounded integers. */
function naive(s: MatmulShape, out: BigUint64Array, a: BigUint64Array, b: BigUint64Array): bigint[] {
  return Array.from(out, (before, at) => {
    const [z, i, j] = [Math.floor(at / (s.m * s.n)), Math.floor(at / s.n) % s.m, at % s.n];
    let sum = 0n;
    for (let p = 0; p < s.k; p++) {
      const left = z * s.m * s.k + (s.transposeA ? p * s.m + i : i * s.k + p);
      const right = (s.shareB ? 0 : z * s.k * s.n) + (s.transposeB ? j * s.k + p : p * s.n + j);
      sum += a[left]! * b[right]!;
    }
    return wrap(s.accumulate === 0 ? sum : before + BigInt(s.accumulate) * sum, s.bits);
  });
}

const flags = fc.record({
  transposeA: fc.boolean(),
  transposeB: fc.boolean(),
  shareB: fc.boolean(),
  bits: fc.integer({ min: 1, max: 64 }),
  accumulate: fc.constantFrom(-1 as const, 0 as const, 1 as const),
});

const all = [...threadedEngines, ...modelledEngines];

describe.each(all)('matmul, %s', (_, k) => {
  test('random small shapes, by the definition', () => {
    const size = fc.integer({ min: 0, max: 20 });
    const shape = fc.record({ batch: fc.integer({ min: 0, max: 3 }), m: size, k: size, n: size });
    fc.assert(
      fc.property(shape, flags, (sizes, rest) => {
        const s = { ...sizes, ...rest };
        const { out, a, b } = operands(s);
        const want = naive(s, out, a, b);
        k.matmul(out, a, b, s);
        expectLanes(out, want, JSON.stringify(s));
      }),
      { numRuns: 100 },
    );
  });

  test('all bits', () => {
    for (const bits of ALL_BITS)
      for (const m of [3, 18]) {
        const s = shaped({ m, k: 9, n: 19, bits });
        const { out, a, b } = operands(s);
        const want = naive(s, out, a, b);
        k.matmul(out, a, b, s);
        expectLanes(out, want, `${bits} bits, ${m} rows`);
      }
  });
});

/** What the portable engine makes of these, once for all others. */
const wanted = new Map<string, BigUint64Array>();
function twinned(s: MatmulShape): BigUint64Array {
  const key = JSON.stringify(s);
  const known = wanted.get(key);
  if (known) return known;
  const { out, a, b } = operands(s);
  twin.matmul(out, a, b, s);
  wanted.set(key, out);
  return out;
}

describe.each(all.slice(1))('matmul like its twin, %s', (_, k) => {
  const SHAPES: Part[] = [
    { m: 17, k: 300, n: 33 },
    { m: 33, k: 257, n: 65, transposeB: true },
    { m: 270, k: 40, n: 20, transposeA: true },
    { m: 40, k: 515, n: 9 },
    { m: 8, k: 21, n: 4103 },
    { m: 1, k: 700, n: 300 },
    { m: 1, k: 700, n: 301, transposeB: true },
    { m: 15, k: 129, n: 130, transposeB: true },
    { m: 300, k: 129, n: 1 },
    { m: 300, k: 129, n: 3, transposeB: true },
    { m: 300, k: 65, n: 8, transposeA: true },
    { m: 128, k: 64, n: 128, batch: 3, transposeB: true },
    { m: 9, k: 64, n: 70, batch: 5, shareB: true },
    { m: 9, k: 64, n: 70, batch: 3, shareB: true, transposeA: true, transposeB: true },
    { m: 32, k: 64, n: 32 },
    { m: 31, k: 63, n: 63, transposeA: true },
    { m: 57, k: 100, n: 50, transposeA: true, transposeB: true },
    { m: 250, k: 60, n: 90, transposeB: true },
    { m: 30, k: 830, n: 62 },
    { m: 25, k: 120, n: 30, batch: 3, transposeB: true },
    { m: 26, k: 57, n: 28, batch: 2, shareB: true },
    { m: 26, k: 57, n: 28, batch: 2, shareB: true, transposeA: true },
  ];

  test.each(SHAPES.map((s) => [JSON.stringify(s), s] as const))('%s', (_, part) => {
    for (const bits of [64, 44, 32])
      for (const accumulate of [-1, 0, 1] as const) {
        const s = shaped({ ...part, bits, accumulate });
        const { out, a, b } = operands(s);
        const want = twinned(s);
        k.matmul(out, a, b, s);
        expectLanes(out, want, `${bits} ${accumulate}`);
      }
  });

  test('all bits, in a shape that fills tiles', () => {
    for (const bits of ALL_BITS) {
      const accumulate = ((bits % 3) - 1) as -1 | 0 | 1;
      const flags = { transposeA: bits % 4 > 1, transposeB: bits % 2 > 0 };
      const s = shaped({ m: 29, k: 120, n: 61, bits, accumulate, ...flags });
      const { out, a, b } = operands(s);
      const want = twinned(s);
      k.matmul(out, a, b, s);
      expectLanes(out, want, `${bits} bits`);
    }
  });

  test('the largest sums', () => {
    for (const bits of [64, 57, 40])
      for (const part of [
        { m: 23, k: 20000, n: 25 },
        { m: 23, k: 20000, n: 25, transposeA: true, transposeB: true },
      ]) {
        const s = shaped({ ...part, bits });
        const { out, a, b } = operands(s);
        const ones = 0xffff_ffff_ffff_ffffn;
        k.matmul(out, a.fill(ones), b.fill(ones), s);
        expectLanes(out, out.slice().fill(wrap(BigInt(s.k) * ones * ones, bits)), `${bits} bits`);
      }
  });

  test('large enough for threads', () => {
    for (const part of [
      { m: 40, k: 130, n: 333 },
      { m: 5, k: 400, n: 777 },
      { m: 600, k: 65, n: 40 },
      { m: 90, k: 190, n: 120 },
      { m: 250, k: 60, n: 90, transposeA: true },
    ]) {
      const s = shaped(part);
      const { out, a, b } = operands(s);
      const want = twinned(s);
      for (let times = 0; times < 3; times++) {
        k.matmul(out, a, b, s);
        expectLanes(out, want);
      }
    }
  });
});

describe.each(threadedEngines)('matmulFloat, %s', (_, k) => {
  const floats = (n: number, label: string) =>
    Float32Array.from(lanes(n, label), (x) => (Number(wrap(x, 20)) - 2 ** 19) * 2 ** -(Number(x >> 58n) % 30));

  test('the order of sums is part of the result', () => {
    for (const [m, kk, n] of [
      [0, 3, 2],
      [2, 0, 2],
      [1, 1, 1],
      [3, 7, 5],
      [5, 8, 9],
      [9, 65, 17],
      [6, 100, 131],
    ] as const) {
      const [a, b, out] = [floats(m * kk, 'a'), floats(n * kk, 'b'), new Float32Array(m * n).fill(7)];
      k.matmulFloat(out, a, b, m, kk, n);
      const want = out.map((_, at) => {
        const s = new Float64Array(8);
        for (let p = 0; p < kk; p++) s[p % 8]! += a[Math.floor(at / n) * kk + p]! * b[(at % n) * kk + p]!;
        return s[0]! + s[4]! + (s[2]! + s[6]!) + (s[1]! + s[5]! + (s[3]! + s[7]!));
      });
      expect(Buffer.from(out.buffer).equals(Buffer.from(want.buffer)), `${m} ${kk} ${n}`).toBe(true);
    }
  });
});

test('matmul: wrong sizes are named', () => {
  const a = new BigUint64Array(6);
  expect(() => twin.matmul(a, a, a, shaped({ m: 2, k: 3, n: 2 }))).toThrow(
    'matmul: an operand has 6 elements, the shape asks for 4',
  );
});
