/** Functions, and the maximum of a row. */
import { exp2Neg, exp2NegPrice, expNeg, expNegPrice } from '../../src/mpc/exp.ts';
import { type GateKind, gate, gatePrice, gateRing, relu, reluPrice, tanh, tanhPrice } from '../../src/mpc/gate.ts';
import { equalRows, rowMax, rowMaxPrice } from '../../src/mpc/maximum.ts';
import { type Power, power, powerPrice, type ReadingForm, readingBits } from '../../src/mpc/power.ts';
import { run } from './parties.ts';
import { K64, type Row, real } from './row.ts';

const N = 256;
const COLS = 128;

/** Of inputs below 2^10, less the threshold. */
const INTEGERS = 10;
const INPUT = gateRing(INTEGERS);

const gated = (name: string, kind: GateKind): Row => ({
  name,
  n: N,
  price: (n) => gatePrice(n, kind, INTEGERS),
  run: (n) => run([real(n, INPUT, -9, 9)], (p, x) => gate(p, x, kind)),
});

const binary = (bits: number): Row => ({
  name: `2^-y, ${bits} bit`,
  n: N,
  price: (n) => exp2NegPrice(n, bits),
  run: (n) => run([real(n, { bits, frac: 14 }, 0, 20)], (p, y) => exp2Neg(p, y)),
});

const powers = (name: string, kind: Power, readings: ReadingForm[]): Row => ({
  name: `${name} on 2^${readings[0]!.low} .. 2^${readings.at(-1)!.high}${readings.length > 1 ? `, ${readings.length} readings` : ''}`,
  n: 64,
  price: (n) => powerPrice(n, readings, { kind }),
  run: (n) => {
    const inputs = readings.map((form) => real(n, { bits: readingBits(form), frac: form.frac }, 1, 2));
    return run(inputs, (p, ...own) =>
      power(
        p,
        readings.map((form, i) => ({ ...form, v: own[i]! })),
        { kind },
      ),
    );
  },
});

export const FUNCTIONS: readonly Row[] = [
  gated('GeLU', 'gelu'),
  gated('GeLU, tanh form', 'gelu_new'),
  gated('SiLU', 'silu'),
  {
    name: 'ReLU',
    n: N,
    price: (n) => reluPrice(n, INTEGERS),
    run: (n) => run([real(n, INPUT)], (p, x) => relu(p, x)),
  },
  {
    name: 'tanh',
    n: N,
    price: (n) => tanhPrice(n, INTEGERS),
    run: (n) => run([real(n, INPUT)], (p, x) => tanh(p, x)),
  },
  {
    name: 'exp(-y)',
    n: N,
    price: expNegPrice,
    run: (n) => run([real(n, K64, 0, 20)], (p, y) => expNeg(p, y)),
  },
  binary(27),
  binary(36),
  powers('1/v', 'reciprocal', [{ low: 0, high: 10, frac: 18 }]),
  powers('1/sqrt v', 'rsqrt', [{ low: -14, high: 20, frac: 30 }]),
  powers('1/sqrt v', 'rsqrt', [
    { low: -13, high: 26, frac: 36 },
    { low: 26, high: 36, frac: 8 },
    { low: 36, high: 44, frac: 0 },
  ]),
  {
    name: `row maximum of ${COLS}, 20 bit`,
    per: 'entry',
    n: 64 * COLS,
    price: (n) => rowMaxPrice(equalRows(n / COLS, COLS), 20),
    run: (n) => run([real(n, { bits: 20, frac: 8 }, -30, 30)], (p, x) => rowMax(p, x, equalRows(n / COLS, COLS))),
  },
];
