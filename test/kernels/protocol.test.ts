import { describe, expect, test } from 'vitest';
import { bitmap, bitOf, expectLanes, lanes, SIZES, threadedEngines, wrap } from './engines.ts';

const tableOf = (size: number) =>
  Int32Array.from({ length: size }, (_, x) => Math.round(Math.cos((2 * Math.PI * x) / size) * 2 ** 30));

describe.each(threadedEngines)('protocol, %s', (_, k) => {
  test('truncateFinish', () => {
    for (const n of SIZES)
      for (const bits of [1, 2, 33, 44, 63, 64])
        for (const first of [true, false]) {
          const [a, g] = [lanes(n, 'a'), lanes(n, 'g')];
          const [mine, theirs] = [bitmap(n, 'mine'), bitmap(n, 'theirs')];
          const shifts = BigUint64Array.from(lanes(n, 'shift'), (x) => x % BigInt(bits));
          for (const shift of [
            BigUint64Array.of(0n),
            BigUint64Array.of(BigInt(bits - 1)),
            ...(n === 1 ? [] : [shifts]),
          ]) {
            const out = a.slice();
            k.truncateFinish(out, out, g, mine, theirs, shift, bits, first);
            const want = Array.from(a, (x, i) => {
              const t = shift[shift.length === 1 ? 0 : i]!;
              const low = wrap(x, bits);
              const u = low >> BigInt(bits - 1);
              const [d, e] = [bitOf(mine, i), bitOf(theirs, i)];
              const both = (1n - 2n * d) * (1n - 2n * e) * g[i]!;
              const p = (first ? d & e : 0n) + e * (1n - 2n * d) * (u ^ d) + both;
              return (low >> t) - (u - p) * (1n << (BigInt(bits) - t));
            });
            expectLanes(out, want, `${n} elements, ${bits} bits, ${first}`);
          }
        }
  });

  test('gather', () => {
    for (const size of [1, 2, 256, 4096])
      for (const shift of [0, 5, 63]) {
        const [a, table, out] = [lanes(1000, 'a'), lanes(size, 'table'), new BigUint64Array(1000)];
        k.gather(out, a, table, shift);
        expectLanes(
          out,
          Array.from(a, (x) => table[Number((x >> BigInt(shift)) % BigInt(size))]!),
        );
      }
    expect(() => k.gather(lanes(1, ''), lanes(1, ''), lanes(3, ''), 0)).toThrow('gather: a table of 3 elements');
  });

  const CASES = SIZES.flatMap((n) => [
    { n, size: 4, factor: 1, harmonics: 3, g: 29 },
    { n, size: 4096, factor: -5, harmonics: 7, g: 0 },
    { n, size: 1 << 14, factor: 2 ** 31 - 1, harmonics: 1, g: 20 },
    { n, size: 256, factor: 3, harmonics: 0, g: 10 },
  ]);
  const at = (table: Int32Array, x: bigint) => BigInt(table[Number(x & BigInt(table.length - 1))]!);

  test('cosines', () => {
    for (const { n, size, factor, harmonics, g } of CASES) {
      const table = tableOf(size);
      const a = lanes(n, 'a');
      const out = lanes(2 * harmonics * n, 'out');
      const round = (v: bigint) => (v + (1n << BigInt(29 - g))) >> BigInt(30 - g);
      const want = Array.from(out, (_, at2) => {
        const j = BigInt(Math.floor(at2 / (2 * n)) + 1);
        const sine = Math.floor(at2 / n) % 2 === 1;
        const angle = j * BigInt(factor) * a[at2 % n]!;
        return round(at(table, sine ? angle - BigInt(size / 4) : angle));
      });
      k.cosines(out, a, table, factor, harmonics, g);
      expectLanes(out, want, JSON.stringify({ n, size, factor, harmonics, g }));
    }
  });

  test('cosineSum', () => {
    for (const { n, size, factor, harmonics } of CASES) {
      const table = tableOf(size);
      const coef = Int32Array.from({ length: harmonics }, (_, j) => (j % 2 ? -(2 ** 31) + j : 2 ** 31 - 1 - j));
      const [a, dealt, out] = [lanes(n, 'a'), lanes(2 * harmonics * n, 'dealt'), lanes(n, 'out')];
      const want = Array.from(out, (before, i) => {
        let sum = before;
        for (let j = 1; j <= harmonics; j++) {
          const angle = BigInt(j) * BigInt(factor) * a[i]!;
          const weighted = (x: bigint) => (at(table, x) * BigInt(coef[j - 1]!) + (1n << 29n)) >> 30n;
          sum += weighted(angle) * dealt[(2 * j - 2) * n + i]!;
          sum += weighted(angle - BigInt(size / 4)) * dealt[(2 * j - 1) * n + i]!;
        }
        return sum;
      });
      k.cosineSum(out, a, dealt, table, factor, coef);
      expectLanes(out, want, JSON.stringify({ n, size, factor, harmonics }));
    }
  });

  test('large enough for threads', () => {
    const [n, table, coef] = [10_001, tableOf(1024), Int32Array.of(5 << 20, -9 << 20)];
    const [a, dealt] = [lanes(n, 'a'), new BigUint64Array(4 * n)];
    k.cosines(dealt, a, table, 3, 2, 15);
    const sum = lanes(n, 'sum');
    k.cosineSum(sum, a, dealt, table, 3, coef);
    const some = (x: BigUint64Array, from: number) => x.slice(from, from + 100);
    for (const from of [0, 4090, 9901]) {
      const part = new BigUint64Array(400);
      k.cosines(part, some(a, from), table, 3, 2, 15);
      expectLanes(some(dealt, 3 * n + from), some(part, 300));
      const partSum = some(lanes(n, 'sum'), from);
      k.cosineSum(partSum, some(a, from), part, table, 3, coef);
      expectLanes(some(sum, from), partSum);
    }
  });
});
