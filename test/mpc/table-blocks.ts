/** Building blocks. */

import { allOf, allOfPrice } from '../../src/mpc/bits.ts';
import { GELU } from '../../src/mpc/coefficients.ts';
import { below, belowPrice } from '../../src/mpc/compare.ts';
import { cosineSeries, cosineSeriesPrice } from '../../src/mpc/cosine.ts';
import { mirroredMatmul, mirroredPrice } from '../../src/mpc/mirror.ts';
import { matmul, product, productPrice, rowDot } from '../../src/mpc/product.ts';
import { remask, remaskPrice } from '../../src/mpc/remask.ts';
import { andNot, andNotPrice, select, selectPrice, toRing, toRingPrice } from '../../src/mpc/select.ts';
import { lift, rescalePrice, settle, settlePrice, truncate, truncatePrice } from '../../src/mpc/truncate.ts';
import { sum } from '../../src/mpc/values.ts';
import { uniform } from './numbers.ts';
import { additive, type Format, fixed, run, shared } from './parties.ts';
import { K64, type Row, real } from './row.ts';

const plain = (n: number, format: Format) => additive(fixed(uniform(n, -1, 1), format.frac ?? 0), format);
const coins = (n: number) => shared(Array.from({ length: n }, (_, i) => i % 2));

const N = 256;
const SERIES = { g: 11, p: 12, bits: 28 };
const K40 = { bits: 40, frac: 12 };

const compare = (bits: number, thresholds: bigint[]): Row => ({
  name: `compare, ${bits} bit${thresholds.length > 1 ? `, ${thresholds.length} thresholds` : ''}`,
  n: N,
  price: (n) => belowPrice(n, thresholds.length, bits),
  run: (n) => run([real(n, { bits, frac: bits - 2 })], (p, x) => below(p, x, thresholds)),
});

export const BLOCKS: readonly Row[] = [
  {
    name: 'remask, 64 bit',
    n: N,
    price: (n) => remaskPrice(n, 64),
    run: (n) => run([plain(n, K64)], (p, z) => remask(p, z)),
  },
  {
    name: 'product, 64 bit',
    n: N,
    price: (n) => productPrice(n, 64),
    run: (n) => run([real(n, K64), real(n, K64)], (p, x, y) => product(p, x, y)),
  },
  {
    name: 'matmul, 64 bit',
    per: 'output',
    n: 64,
    price: (n) => productPrice(n, 64),
    run: (n) => run([real(n, K64), real(64, K64)], (p, x, y) => matmul(p, x, y, { batch: 1, m: n / 8, k: 8, n: 8 })),
  },
  {
    name: 'matmul by mirror images, 40 bit',
    per: 'output',
    n: 64,
    price: (n) => mirroredPrice(n, K40, K40),
    run: (n) =>
      run([real(n, K40), real(64, K40)], (p, x, y) => mirroredMatmul(p, x, y, { batch: 1, m: n / 8, k: 8, n: 8 })),
  },
  {
    name: 'inner product, 64 bit',
    per: 'row',
    n: 64,
    price: (n) => productPrice(n, 64),
    run: (n) => run([real(3 * n, K64), real(3 * n, K64)], (p, x, y) => rowDot(p, x, y, 3)),
  },
  {
    name: 'truncate by 18, 64 bit',
    n: N,
    price: (n) => truncatePrice(n, 18),
    run: (n) => run([plain(n, K64)], (p, z) => truncate(p, z, 18)),
  },
  {
    name: 'lift, 32 to 64 bit',
    n: N,
    price: (n) => rescalePrice(n, { bits: 32, frac: 18 }, K64),
    run: (n) => run([plain(n, { bits: 32, frac: 18 })], (p, z) => lift(p, z, 64)),
  },
  {
    name: 'settle 52 bit, 36 fractional, to 28, 14',
    n: N,
    price: (n) => settlePrice(n, { bits: 52, frac: 36 }, { bits: 28, frac: 14 }),
    run: (n) => run([plain(n, { bits: 52, frac: 36 })], (p, z) => settle(p, z, { bits: 28, frac: 14 })),
  },
  {
    name: 'multiply, truncate, remask, 64 bit',
    n: N,
    price: (n) => sum(productPrice(n, 64), truncatePrice(n, 18), remaskPrice(n, 64)),
    run: (n) => run([real(n, K64), real(n, K64)], async (p, x, y) => settle(p, await product(p, x, y), K64)),
  },
  compare(18, [0n]),
  compare(18, [-5n, 5n]),
  compare(32, [0n]),
  compare(64, [0n]),
  {
    name: 'select, 64 bit',
    n: N,
    price: (n) => selectPrice(n, 64),
    run: (n) => run([coins(n), real(n, K64)], (p, b, x) => select(p, b, x)),
  },
  {
    name: 'bit to ring, 64 bit',
    n: N,
    price: (n) => toRingPrice(n, 64),
    run: (n) => run([coins(n)], (p, b) => toRing(p, [b], 64)),
  },
  {
    name: 'and not, to ring, 64 bit',
    n: N,
    price: (n) => andNotPrice(n, 1, 64),
    run: (n) => run([coins(n), coins(n)], (p, b, g) => andNot(p, b, g, 64)),
  },
  {
    name: 'and not, to ring, 64 bit, 8 bits for each',
    n: 8 * N,
    price: (n) => andNotPrice(n / 8, 8, 64),
    run: (n) => run([coins(n), coins(n / 8)], (p, b, g) => andNot(p, b, g, 64)),
  },
  {
    name: 'and of 6 bits',
    n: N,
    price: (n) => allOfPrice(n, 6),
    run: (n) => run([coins(n)], (p, b) => allOf(p, [Array(6).fill(b)])),
  },
  {
    name: 'cosine series, 5 harmonics, 28 bit',
    n: N,
    price: (n) => cosineSeriesPrice(n, GELU.coefficients, SERIES),
    run: (n) => run([real(n, { bits: 28, frac: 14 })], (p, x) => cosineSeries(p, x, GELU, SERIES)),
  },
];
