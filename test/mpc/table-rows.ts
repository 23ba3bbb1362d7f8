/** What a transformer does to whole rows. */
import { equalRows } from '../../src/mpc/maximum.ts';
import { product, productPrice } from '../../src/mpc/product.ts';
import { sum } from '../../src/mpc/values.ts';
import { normalise, normalisePrice, normaliseRms, normaliseRmsPrice } from '../../src/ops/secure-norm.ts';
import { NORM, RMS } from '../../src/ops/secure-rings.ts';
import { inverseSums, inverseSumsPrice, softmaxWeights, softmaxWeightsPrice } from '../../src/ops/secure-softmax.ts';
import { run } from './parties.ts';
import { type Row, real } from './row.ts';

const [COLS, WIDTH] = [128, 768];
const LINEAR = { bits: 52, frac: 18 };

export const ROWS: readonly Row[] = [
  {
    name: `softmax weights, rows of ${COLS}, masked`,
    per: 'score',
    n: 64 * COLS,
    price: (n) => softmaxWeightsPrice(equalRows(n / COLS, COLS)),
    run: (n) =>
      run([real(n, { bits: 26, frac: 14 }, -30, 30)], (p, x) => softmaxWeights(p, x, equalRows(n / COLS, COLS))),
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
    price: (n) => sum(softmaxWeightsPrice(equalRows(n / COLS, COLS)), inverseSumsPrice(n / COLS, COLS)),
    run: (n) =>
      run([real(n, { bits: 26, frac: 14 }, -30, 30)], async (p, x) =>
        inverseSums(p, await softmaxWeights(p, x, equalRows(n / COLS, COLS)), COLS),
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
    name: `normalise RMS, rows of ${WIDTH}, masked`,
    per: 'entry',
    n: 64 * WIDTH,
    price: (n) => normaliseRmsPrice(n / WIDTH, WIDTH, LINEAR),
    run: (n) => run([real(n, { ...RMS.input, shape: [n / WIDTH, WIDTH] })], (p, x) => normaliseRms(p, x, 1e-5, LINEAR)),
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
