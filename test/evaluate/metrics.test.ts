import { describe, expect, test } from 'vitest';
import { compareSides } from '../../src/evaluate/bootstrap.ts';
import { accuracy, f1, matthews, pearson, perplexity, spearman } from '../../src/evaluate/metrics.ts';
import { mergeSpreads, percentilesOf, percentilesOfAll, quantile, spreadOf } from '../../src/evaluate/spread.ts';
import { uniformFrom } from '../../src/runtime/sample.ts';

const RIGHT = [1, 0, 1, 1, 0, 1, 0, 0, 1, 1];
const ANSWERED = [1, 0, 0, 1, 1, 1, 0, 0, 1, 0]; // 4 true positives, 3 true negatives, 1 false positive, 2 false negatives

describe('labels', () => {
  test.each([
    ['accuracy', accuracy(RIGHT, ANSWERED), 7 / 10],
    ['matthews', matthews(RIGHT, ANSWERED, 2), (4 * 3 - 1 * 2) / Math.sqrt(5 * 6 * 4 * 5)],
    ['matthews, all right', matthews(RIGHT, RIGHT, 2), 1],
    [
      'matthews, all wrong',
      matthews(
        RIGHT,
        RIGHT.map((x) => 1 - x),
        2,
      ),
      -1,
    ],
    ['matthews, one label answered', matthews([0, 1, 1], [1, 1, 1], 2), 0],
    ['matthews, three labels', matthews([0, 1, 2, 2, 1, 0, 2, 1], [0, 2, 2, 2, 1, 1, 2, 0], 3), 0.43915503282683993],
    ['matthews, of the documentation of scikit-learn', matthews([1, 1, 1, 0], [1, 0, 1, 1], 2), -1 / 3],
    ['f1', f1(RIGHT, ANSWERED, 2), 8 / (8 + 1 + 2)],
    ['f1, nothing found', f1([1, 1, 0], [0, 0, 0], 2), 0],
    ['f1, nothing to find', f1([0, 0], [0, 0], 2), 0],
    [
      'f1 of three labels, of the documentation of scikit-learn',
      f1([0, 1, 2, 0, 1, 2], [0, 2, 1, 0, 0, 1], 3),
      0.8 / 3,
    ],
    ['f1 of three labels, one of which never occurs', f1([0, 1, 1], [0, 1, 0], 3), 2 / 3],
  ])('%s', (_, found, expected) => expect(found).toBeCloseTo(expected, 12));
});

describe('scores', () => {
  const X = [5, 3.8, 0.2, 2.5, 2.5, 4.4];
  const Y = [4.8, 3.1, 0.5, 2.9, 2, 4.9];
  test.each([
    ['pearson', pearson(X, Y), 0.9564956387758451],
    ['pearson, as numpy and scipy', pearson([1, 2, 3, 4, 5, 6, 7], [10, 9, 2.5, 6, 4, 3, 2]), -0.828503883588428],
    ['pearson of a line', pearson([1, 2, 4], [-2, -4, -8]), -1],
    ['spearman, with equal values', spearman(X, Y), 0.9276336570439175],
    ['spearman, of the documentation of scipy', spearman([1, 2, 3, 4, 5], [5, 6, 7, 8, 7]), 0.8207826816681233],
    ['spearman of a curve', spearman([1, 2, 3, 4], [1, 8, 27, 64]), 1],
  ])('%s', (_, found, expected) => expect(found).toBeCloseTo(expected, 12));
});

test('a constant correlates with nothing', () => {
  expect(pearson([1, 2, 3], [5, 5, 5])).toBeNaN();
  expect(spearman([1, 2, 3], [5, 5, 5])).toBeNaN();
});

test('perplexity: losses and tokens add up over texts of any length', () => {
  expect(perplexity([3, 1], [3 * Math.log(4), Math.log(64)])).toBeCloseTo(4 ** 1.5, 12);
});

describe('distances', () => {
  const VALUES = [0.3, 0.1, 0.7, 0.2, 0.9, 0.05, 0.4, 0.6, 0.8, 0.5, 1.5];
  const zeros = VALUES.map(() => 0);

  test('percentiles, as numpy with method inverted_cdf', () => {
    const { mean, ...rest } = percentilesOfAll(VALUES);
    expect(rest).toEqual({ max: 1.5, p50: 0.5, p90: 0.9, p99: 1.5, p999: 1.5 });
    expect(mean).toBeCloseTo(0.55, 12);
  });

  test('a whole share of a list is no more than that', () => {
    const hundred = Float64Array.from({ length: 100 }, (_, i) => i + 1);
    expect([0.01, 0.07, 0.29, 0.57, 0.9, 0.99, 1].map((p) => quantile(hundred, p))).toEqual([
      1, 7, 29, 57, 90, 99, 100,
    ]);
  });

  test('binned ones are too large by 2.2 % at most, and never past the largest', () => {
    const uniform = uniformFrom(7);
    const a = Array.from({ length: 20_000 }, () => Math.exp(-20 * uniform()));
    const nothing = a.map(() => 0);
    const exact = percentilesOfAll(a);
    const binned = percentilesOf(mergeSpreads([spreadOf(a.slice(0, 123), nothing), spreadOf(a.slice(123), nothing)]));
    expect(binned.max).toBe(exact.max);
    expect(binned.mean).toBeCloseTo(exact.mean, 12);
    for (const p of ['p50', 'p90', 'p99', 'p999'] as const) {
      expect(binned[p] / exact[p]).toBeGreaterThanOrEqual(1);
      expect(binned[p] / exact[p]).toBeLessThan(2 ** (1 / 32));
      expect(binned[p]).toBeLessThanOrEqual(binned.max);
    }
  });

  test('equal numbers count', () => {
    const spread = mergeSpreads([spreadOf(VALUES, VALUES), spreadOf(VALUES.slice(0, 1), zeros)]);
    expect(spread).toMatchObject({ count: 12, max: 0.3, sum: 0.3 });
    expect(percentilesOf(spread)).toMatchObject({ p50: 0, p90: 0, p99: 0.3 });
  });
});

describe('bootstrap', () => {
  const ACCURACY = [{ name: 'accuracy', of: accuracy }];
  const n = 400;
  const ones = Array<number>(n).fill(1);

  test('sides that are equal differ by nothing, row by row', () => {
    const answered = ones.map((_, i) => i % 2);
    expect(compareSides(ACCURACY, { right: ones, plain: answered, secure: answered })).toEqual([
      { name: 'accuracy', plaintext: 0.5, secure: 0.5, difference: 0, interval: [0, 0] },
    ]);
  });

  test('20 rows of 400 that only one side has right: 5 % more or less 1.96 standard errors', () => {
    const plain = ones.map((_, i) => Number(i % 20 !== 0));
    const sides = { right: ones, plain, secure: ones };
    const [found] = compareSides(ACCURACY, sides);
    const error = Math.sqrt((0.05 * 0.95) / n);
    expect(found!.difference).toBeCloseTo(0.05, 12);
    expect(found!.interval![0]).toBeCloseTo(0.05 - 1.96 * error, 2);
    expect(found!.interval![1]).toBeCloseTo(0.05 + 1.96 * error, 2);
    expect(compareSides(ACCURACY, sides)).toEqual([found]);
  });

  test('where nothing is defined there is no figure', () => {
    const sides = { right: [1, 1], plain: [2, 3], secure: [2, 3] };
    expect(compareSides([{ name: 'pearson', of: pearson }], sides)).toEqual([
      { name: 'pearson', plaintext: null, secure: null, difference: null, interval: null },
    ]);
  });
});
