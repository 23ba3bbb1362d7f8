/** Functions, and the maximum of a row. */
import { exp2Neg, exp2NegPrice, expNeg, expNegPrice } from '../../src/mpc/exp.ts';
import { type GateKind, gate, gatePrice, relu, reluPrice, tanh, tanhPrice } from '../../src/mpc/gate.ts';
import { equalRows, rowMax, rowMaxPrice } from '../../src/mpc/maximum.ts';
import { type Power, power, powerPrice, type Range } from '../../src/mpc/power.ts';
import { run } from './parties.ts';
import { K64, type Row, real } from './row.ts';

const N = 256;
const COLS = 128;

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

export const FUNCTIONS: readonly Row[] = [
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
    price: (n) => rowMaxPrice(equalRows(n / COLS, COLS), 20),
    run: (n) => run([real(n, { bits: 20, frac: 8 }, -30, 30)], (p, x) => rowMax(p, x, equalRows(n / COLS, COLS))),
  },
];
