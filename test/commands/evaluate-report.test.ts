/** How a comparison over a data set reads. */
import { expect, test } from 'vitest';
import { describeEvaluation, type EvaluateReport } from '../../src/report/evaluate.ts';
import { PLAIN } from '../../src/report/text.ts';

const REPORT: EvaluateReport = {
  model: 'tiny',
  task: 'classify',
  data: { file: 'dev.csv', rows: 12, of: 400, seed: 3 },
  metrics: [
    { name: 'accuracy', plaintext: 0.75, secure: 0.5, difference: -0.25, interval: [-0.5, 0] },
    { name: 'pearson', plaintext: null, secure: null, difference: null, interval: null },
  ],
  agreement: { same: 0, of: 12, ties: 2 },
  ...{ tolerance: 0.1, within: false },
  fault: {
    ...{ layer: 'layer.0', error: 0.5, site: 'layer.0.down residual', holds: false },
    ...{ range: { most: 24_920 }, bound: { most: 4096 } },
    message: 'layer.0.down residual: 24,920 where 4,096 holds; run puma calibrate',
  },
  logits: { max: 0.25, mean: 0.001, p50: 0.0005, p90: 0.002, p99: 0.2, p999: 0.25 },
  layers: [
    { name: 'layer.0', max: 0.5, mean: 0.25, p999: 0.5, rms: 2, relative: { max: 0.25, mean: 0.125, p999: 0.25 } },
  ],
  layersOf: 2,
  perSentence: { seconds: 0.5, plaintextSeconds: 0.0042, bytes: 2_824_715.3, rounds: 21.5 },
  seconds: { startup: 0.5, share: 0.1, inference: 61, plaintext: 0.5 },
  bytes: { dealer: 2e6, online: 1e6, client: 5e5, total: 3.5e6, perParty: [] },
  rounds: 258,
  parties: [0, 1, 2].map((party) => ({ party, pid: 1, peakRssBytes: 1e8 })),
  ring: { bits: 64, fractionBits: 18 },
  simd: 'avx2',
  network: { name: 'wan', rttMs: 40, bitsPerSecond: 4e8 },
  results: Array.from({ length: 12 }, (_, row) => ({
    ...{ row, line: row + 2, text: 'a\nb', right: 'yes' },
    ...(row === 0 ? { textPair: 'c' } : {}),
    plaintext: { label: 'yes' },
    secure: { label: 'no' },
  })),
};

test('labels that differ, a metric that is not defined, a network', () => {
  expect(describeEvaluation(REPORT, PLAIN)).toMatchInlineSnapshot(`
    "tiny over 12 of 400 rows of dev.csv, sampled with seed 3

    metric    plaintext  secure  difference  95 % of the difference
    accuracy     0.7500  0.5000     -2.5e-1            -5.0e-1 to 0
    pearson           -       -           -                       -

    labels  0 of 12 the same, 0.0 %, 2 ties within twice the tolerance; logits differ by up to 0.25 (tolerance 0.1)
    fault   layer.0.down residual: 24,920 where 4,096 holds; run puma calibrate

    line  right  plaintext  secure  text
       2  yes    yes        no      a b | c
       3  yes    yes        no      a b
       4  yes    yes        no      a b
       5  yes    yes        no      a b
       6  yes    yes        no      a b
       7  yes    yes        no      a b
       8  yes    yes        no      a b
       9  yes    yes        no      a b
      10  yes    yes        no      a b
      11  yes    yes        no      a b
    and 2 more: --json has them

    difference of  largest    mean    50 %    90 %    99 %  99.9 %
    logits          2.5e-1  1.0e-3  5.0e-4  2.0e-3  2.0e-1  2.5e-1

    error after  largest    mean  99.9 %  value (RMS)  largest / RMS  mean / RMS  99.9 % / RMS
    layer.0       5.0e-1  2.5e-1  5.0e-1         2.00         2.5e-1      1.3e-1        2.5e-1
    Layers were opened for the first 2 rows only: it costs traffic, and is left out of the figures per sentence.

    per sentence  0.50 s, 2.82 MB, 21.5 rounds; 4.2 ms in the clear
    time          61 s on shares, 0.50 s in the clear, 0.50 s start-up, 0.10 s sharing the weights
    traffic       3.50 MB: 2.00 MB from the dealer, 1.00 MB online, 500 kB with the client
    rounds        258
    memory        party 0 100 MB, party 1 100 MB, party 2 100 MB
    network       wan: 40 ms, 400 Mbit/s (shaped)
    ring          Z_2^64, 18 fractional bits; avx2"
  `);
});

test('windows of a text, all done before', () => {
  const { simd: _, network: _1, ...rest } = REPORT;
  const report: EvaluateReport = {
    ...rest,
    task: 'generate',
    data: { file: 'a.txt', rows: 2, of: 2, window: 64, stride: 32 },
    metrics: [{ name: 'perplexity', plaintext: 42.527, secure: 1042.5283, difference: 1000.0013, interval: [0, 1e-5] }],
    agreement: { same: 96, of: 96, ties: 0 },
    ...{ tolerance: 0.25, within: true, fault: null },
    layersOf: 1,
    seconds: { startup: 0, share: 0, inference: 61, plaintext: 0.5 },
    parties: [],
    results: [0, 32].map((begin, row) => ({ row, begin, tokens: 32, plaintext: { loss: 3 }, secure: { loss: 4 } })),
  };
  expect(describeEvaluation(report, PLAIN)).toMatchInlineSnapshot(`
    "tiny over 2 windows of 64 tokens, one every 32, of a.txt

    metric      plaintext   secure  difference  95 % of the difference
    perplexity    42.5270  1042.53      1.0e+3             0 to 1.0e-5

    next tokens  96 of 96 the same, 100.0 %

    difference of  largest    mean    50 %    90 %    99 %  99.9 %
    logits          2.5e-1  1.0e-3  5.0e-4  2.0e-3  2.0e-1  2.5e-1

    error after  largest    mean  99.9 %  value (RMS)  largest / RMS  mean / RMS  99.9 % / RMS
    layer.0       5.0e-1  2.5e-1  5.0e-1         2.00         2.5e-1      1.3e-1        2.5e-1
    Layers were opened for the first window only: it costs traffic, and is left out of the figures per window.

    per window  0.50 s, 2.82 MB, 21.5 rounds; 4.2 ms in the clear
    time        61 s on shares, 0.50 s in the clear
    traffic     3.50 MB: 2.00 MB from the dealer, 1.00 MB online, 500 kB with the client
    rounds      258
    ring        Z_2^64, 18 fractional bits"
  `);
});
