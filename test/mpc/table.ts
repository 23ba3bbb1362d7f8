/**
 * The protocols in one table: how to run each, what it declares to cost, and how far off it may be. The tests hold the
 * protocols to it, and docs/protocols.md prints it.
 */

import { GELU } from '../../src/mpc/coefficients.ts';
import { below, belowPrice } from '../../src/mpc/compare.ts';
import { cosineSeries, cosineSeriesPrice } from '../../src/mpc/cosine.ts';
import { exp2Neg, exp2NegPrice, expNeg, expNegPrice } from '../../src/mpc/exp.ts';
import { type GateKind, gate, gatePrice, relu, reluPrice, tanh, tanhPrice } from '../../src/mpc/gate.ts';
import { rowMax, rowMaxPrice } from '../../src/mpc/maximum.ts';
import { type Power, power, powerPrice, type Range } from '../../src/mpc/power.ts';
import { matmul, product, productPrice, rowDot } from '../../src/mpc/product.ts';
import { remask, remaskPrice } from '../../src/mpc/remask.ts';
import { select, selectPrice, toRing, toRingPrice } from '../../src/mpc/select.ts';
import { lift, rescalePrice, settle, settlePrice, truncate, truncatePrice } from '../../src/mpc/truncate.ts';
import { type Price, sum } from '../../src/mpc/values.ts';
import { inverseSums, inverseSumsPrice, softmaxWeights, softmaxWeightsPrice } from '../../src/ops/secure-attention.ts';
import { normalise, normalisePrice } from '../../src/ops/secure-norm.ts';
import { NORM } from '../../src/ops/secure-rings.ts';
import { uniform } from './numbers.ts';
import { additive, type Format, fixed, masked, type Outcome, run, shared } from './parties.ts';

export type Row = {
  name: string;
  /** What `price` counts are per: elements unless it says otherwise. */
  per?: string;
  /** Number of those in the measured run: a multiple of 64, so that no byte is left half full. */
  n: number;
  price(n: number): Price;
  run(n: number): Promise<Outcome>;
};

const real = (n: number, format: Format, low = -1, high = 1) =>
  masked(fixed(uniform(n, low, high), format.frac ?? 0), format);
const plain = (n: number, format: Format) => additive(fixed(uniform(n, -1, 1), format.frac ?? 0), format);
const coins = (n: number) => shared(Array.from({ length: n }, (_, i) => i % 2));

const K64 = { bits: 64, frac: 18 };
const N = 256;

const compare = (bits: number, thresholds: bigint[]): Row => ({
  name: `compare, ${bits} bit${thresholds.length > 1 ? `, ${thresholds.length} thresholds` : ''}`,
  n: N,
  price: (n) => belowPrice(n, thresholds.length, bits),
  run: (n) => run([real(n, { bits, frac: bits - 2 })], (p, x) => below(p, x, thresholds)),
});

const gated = (name: string, kind: GateKind): Row => ({
  name,
  n: N,
  price: (n) => gatePrice(n, kind),
  run: (n) => run([real(n, { bits: 28, frac: 14 }, -9, 9)], (p, x) => gate(p, x, kind)),
});

const powers = (name: string, kind: Power, frac: number, range: Range): Row => ({
  name: `${name} on 2^${range.low} .. 2^${range.high}`,
  n: 64,
  price: (n) => powerPrice(n, frac, range),
  run: (n) => run([real(n, { bits: 64, frac }, 1, 2)], (p, x) => power(p, x, kind, range)),
});

const [COLS, WIDTH] = [128, 768];
const LINEAR = { bits: 52, frac: 18 };

export const TABLE: readonly Row[] = [
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
    name: 'cosine series, 5 harmonics, 28 bit',
    n: N,
    price: (n) => cosineSeriesPrice(n, GELU.coefficients, 28),
    run: (n) => run([real(n, { bits: 28, frac: 14 })], (p, x) => cosineSeries(p, x, GELU, { g: 11, p: 13, bits: 28 })),
  },
  gated('GeLU', 'gelu'),
  gated('GeLU, tanh form', 'gelu_new'),
  gated('SiLU', 'silu'),
  {
    name: 'ReLU',
    n: N,
    price: reluPrice,
    run: (n) => run([real(n, { bits: 28, frac: 14 })], (p, x) => relu(p, x)),
  },
  {
    name: 'tanh',
    n: N,
    price: tanhPrice,
    run: (n) => run([real(n, { bits: 28, frac: 14 })], (p, x) => tanh(p, x)),
  },
  {
    name: 'exp(-y)',
    n: N,
    price: expNegPrice,
    run: (n) => run([real(n, K64, 0, 20)], (p, y) => expNeg(p, y)),
  },
  {
    name: '2^-y',
    n: N,
    price: exp2NegPrice,
    run: (n) => run([real(n, { bits: 26, frac: 14 }, 0, 20)], (p, y) => exp2Neg(p, y)),
  },
  powers('1/v', 'reciprocal', 18, { low: 0, high: 10 }),
  powers('1/sqrt v', 'rsqrt', 30, { low: -14, high: 20 }),
  {
    name: `row maximum of ${COLS}, 20 bit`,
    per: 'entry',
    n: 64 * COLS,
    price: (n) => rowMaxPrice(n / COLS, COLS, 20),
    run: (n) => run([real(n, { bits: 20, frac: 8 }, -30, 30)], (p, x) => rowMax(p, x, COLS)),
  },
  {
    name: `softmax weights, rows of ${COLS}, masked`,
    per: 'score',
    n: 64 * COLS,
    price: (n) => softmaxWeightsPrice(n / COLS, COLS),
    run: (n) => run([real(n, { bits: 26, frac: 14 }, -30, 30)], (p, x) => softmaxWeights(p, x, COLS)),
  },
  {
    name: `reciprocal of a row's sum, rows of ${COLS}`,
    per: 'row',
    n: 64,
    price: (n) => inverseSumsPrice(n, COLS),
    run: (n) => run([real(n * COLS, { bits: 46, frac: 15 }, 0.5, 1)], (p, x) => inverseSums(p, x, COLS)),
  },
  {
    name: `softmax, rows of ${COLS}: weights and reciprocal`,
    per: 'score',
    n: 64 * COLS,
    price: (n) => sum(softmaxWeightsPrice(n / COLS, COLS), inverseSumsPrice(n / COLS, COLS)),
    run: (n) =>
      run([real(n, { bits: 26, frac: 14 }, -30, 30)], async (p, x) =>
        inverseSums(p, await softmaxWeights(p, x, COLS), COLS),
      ),
  },
  {
    name: `normalise rows of ${WIDTH}, masked`,
    per: 'entry',
    n: 64 * WIDTH,
    price: (n) => normalisePrice(n / WIDTH, WIDTH, LINEAR),
    run: (n) => run([real(n, { ...NORM.input, shape: [n / WIDTH, WIDTH] })], (p, x) => normalise(p, x, 1e-12, LINEAR)),
  },
  {
    name: `layer norm, rows of ${WIDTH}, unscaled`,
    per: 'entry',
    n: 64 * WIDTH,
    price: (n) => sum(normalisePrice(n / WIDTH, WIDTH, LINEAR), productPrice(n, 48)),
    run: (n) =>
      run(
        [real(n, { ...NORM.input, shape: [n / WIDTH, WIDTH] }), real(WIDTH, { bits: 48, frac: 18 })],
        async (p, x, gain) => product(p, await normalise(p, x, 1e-12, LINEAR), gain),
      ),
  },
];
