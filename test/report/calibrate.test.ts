import { expect, test } from 'vitest';
import { type CalibrateReport, describeCalibration } from '../../src/report/calibrate.ts';
import { PLAIN } from '../../src/report/text.ts';

const linear = (bits: number, frac: number[], below: number) => ({ bits, frac, below });

const REPORT: CalibrateReport = {
  ...{ model: 'small', digest: 'ab'.repeat(32), margin: 3, file: 'calibration.json', seconds: 1, ring: {} },
  data: { file: 'texts.txt', texts: 1, tokens: 2345, cut: 1 },
  sites: [
    { site: 'layer.0 residual', range: { most: 2.5e6 }, bound: { most: 2 ** 25 }, room: 3.7 },
    {
      site: 'layer.0.norm1 mean square',
      range: { least: 0.00002, most: 12 },
      bound: { least: 2 ** -24, most: 2 ** 30 },
      room: 4,
    },
    { site: 'head shown', range: { most: 0 }, bound: { most: 32768 }, room: null },
  ],
  broken: ['layer.0.down output', 'layer.1.down output', 'head shown'],
  changed: [
    { site: 'embeddings', default: { bits: 32, frac: [18] }, plan: { bits: 22, frac: [18] } },
    { site: 'residual stream', default: { frac: [18] }, plan: { frac: [15] } },
    { site: 'layer.0.down', default: linear(52, [18, 18], 13), plan: linear(64, [15, 16], 30) },
    { site: 'layer.1.down', default: linear(52, [18, 18], 13), plan: linear(41, [18, 18], 3) },
    { site: 'layer.0.attention.scores', default: { below: 11 }, plan: { below: 8 } },
    { site: 'layer.1.attention.scores', default: { below: 11 }, plan: { below: 14 } },
  ],
  price: {
    ...{ tokens: 1, padded: false },
    default: { bytes: 2_000_000, rounds: 300, seconds: 0.5 },
    plan: { bytes: 2_500_000, rounds: 297, seconds: 0.25 },
  },
};

test('a plan that is wider here and narrower there', () => {
  expect(describeCalibration(REPORT, PLAIN)).toMatchInlineSnapshot(`
    "small on 1 text, 2345 tokens of texts.txt; 1 text cut to what the model takes

    tightest of 3 places       smallest  largest        plan holds      room
    layer.0 residual                      2.5e+6          < 3.4e+7  3.7 bits
    layer.0.norm1 mean square    2.0e-5       12  6.0e-8 .. 1.1e+9  4.0 bits
    head shown                                 0           < 32768       all

    changed           default                        plan
    embeddings        Z_2^32, 18                     Z_2^22, 18
    residual stream   18 fractional bits             15 fractional bits
    down              Z_2^52, 18 and 18, below 2^13  Z_2^41..64, 15..18 and 16..18, below 2^3..30
    attention.scores  below 2^11                     below 2^8..14

    1 token      default     plan  ratio
    traffic      2.00 MB  2.50 MB   1.25
    rounds           300      297   0.99
    time, about   0.50 s   0.25 s   0.50

    The default rings do not hold layer.0.down output and 2 other places; those of the plan do.
    Head room: 3 bits. Values may become 8 times as large as on these texts.
    Written to calibration.json"
  `);
});

test('nothing to change; padded', () => {
  const price = { ...REPORT.price, tokens: 64, padded: true, plan: REPORT.price.default };
  const lines = describeCalibration({ ...REPORT, changed: [], broken: [], price }, PLAIN).split('\n');
  expect(lines.slice(-9)).toEqual([
    'The plan has the default rings.',
    '',
    'padded to 64 tokens  default     plan  ratio',
    'traffic              2.00 MB  2.00 MB   1.00',
    'rounds                   300      300   1.00',
    'time, about           0.50 s   0.50 s   1.00',
    '',
    'Head room: 3 bits. Values may become 8 times as large as on these texts.',
    'Written to calibration.json',
  ]);
});
