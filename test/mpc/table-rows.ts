/** What a transformer does to whole rows. */
import { equalRows } from '../../src/mpc/maximum.ts';
import { product, productPrice } from '../../src/mpc/product.ts';
import { sum } from '../../src/mpc/values.ts';
import { normalise, normalisePrice, normaliseRms, normaliseRmsPrice } from '../../src/ops/secure-norm.ts';
import { type AttentionRings, attentionRings, NORM } from '../../src/ops/secure-rings.ts';
import { inverseSums, inverseSumsPrice, softmaxWeights, softmaxWeightsPrice } from '../../src/ops/secure-softmax.ts';
import { run } from './parties.ts';
import { type Row, real } from './row.ts';

const [COLS, WIDTH] = [128, 768];
const LINEAR = { bits: 52, frac: 18 };
const STREAM = { ...NORM.input, masked: true };
const GAIN = { bits: 52, frac: 18 };
/** Of scores below 2^11, as BERT and GPT-2 have them, and below 2^20. */
const [RINGS, WIDE] = [11, 20].map((scores) => attentionRings({ scores, values: 10 }, 512, false)) as [
  AttentionRings,
  AttentionRings,
];

const softmax = (rings: AttentionRings, integers: number): Row => ({
  name: `softmax, rows of ${COLS}: weights and reciprocal, scores below 2^${integers}`,
  per: 'score',
  n: 64 * COLS,
  price: (n) => sum(softmaxWeightsPrice(equalRows(n / COLS, COLS), rings), inverseSumsPrice(n / COLS, COLS, rings)),
  run: (n) =>
    run([real(n, rings.score, -30, 30)], async (p, x) =>
      inverseSums(p, await softmaxWeights(p, x, equalRows(n / COLS, COLS), rings), COLS, rings),
    ),
});

export const ROWS: readonly Row[] = [
  {
    name: `softmax weights, rows of ${COLS}, masked`,
    per: 'score',
    n: 64 * COLS,
    price: (n) => softmaxWeightsPrice(equalRows(n / COLS, COLS), RINGS),
    run: (n) => run([real(n, RINGS.score, -30, 30)], (p, x) => softmaxWeights(p, x, equalRows(n / COLS, COLS), RINGS)),
  },
  {
    name: `reciprocal of a row's sum, rows of ${COLS}`,
    per: 'row',
    n: 64,
    price: (n) => inverseSumsPrice(n, COLS, RINGS),
    run: (n) => run([real(n * COLS, RINGS.weight, 0.5, 1)], (p, x) => inverseSums(p, x, COLS, RINGS)),
  },
  softmax(RINGS, 11),
  softmax(WIDE, 20),
  {
    name: `normalise rows of ${WIDTH}, masked`,
    per: 'entry',
    n: 64 * WIDTH,
    price: (n) => normalisePrice(n / WIDTH, WIDTH, STREAM, LINEAR),
    run: (n) => run([real(n, { ...NORM.input, shape: [n / WIDTH, WIDTH] })], (p, x) => normalise(p, x, 1e-12, LINEAR)),
  },
  {
    name: `normalise RMS, rows of ${WIDTH}, masked`,
    per: 'entry',
    n: 64 * WIDTH,
    price: (n) => normaliseRmsPrice(n / WIDTH, WIDTH, STREAM, LINEAR),
    run: (n) =>
      run([real(n, { ...NORM.input, shape: [n / WIDTH, WIDTH] })], (p, x) => normaliseRms(p, x, 1e-5, LINEAR)),
  },
  {
    name: `layer norm, rows of ${WIDTH}, unscaled`,
    per: 'entry',
    n: 64 * WIDTH,
    price: (n) => sum(normalisePrice(n / WIDTH, WIDTH, STREAM, LINEAR), productPrice(n, GAIN.bits)),
    run: (n) =>
      run([real(n, { ...NORM.input, shape: [n / WIDTH, WIDTH] }), real(WIDTH, GAIN)], async (p, x, gain) =>
        product(p, await normalise(p, x, 1e-12, LINEAR), gain),
      ),
  },
];
