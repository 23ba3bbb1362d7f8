import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type LabelReading, labelReader } from '../../src/datasets/labels.ts';
import { gapsOf, lossOf, windowsOf } from '../../src/datasets/windows.ts';
import { PumaError } from '../../src/errors.ts';
import { selectRows } from '../../src/evaluate/evaluate.ts';
import { type BatchRecord, type Row, recordOf } from '../../src/evaluate/record.ts';
import { summarise } from '../../src/evaluate/summary.ts';

/** What it throws, as `CODE message`. */
function refused(step: () => unknown): string {
  try {
    step();
  } catch (error) {
    if (error instanceof PumaError) return `${error.code} ${error.message}`;
    throw error;
  }
  return 'nothing';
}

describe('labels', () => {
  const SST2 = { name: 'sst2', labels: ['negative', 'positive'] };
  const RTE = { name: 'rte', labels: ['entailment', 'not_entailment'] };
  const rows: [what: string, reading: LabelReading, read: Record<string, number>][] = [
    ['names and numbers', { labels: ['NO', 'YES'] }, { yes: 1, NO: 0, '1': 1, '0': 0, '1.0': 1, ' 0 ': 0 }],
    ['of a preset', { labels: ['NEGATIVE', 'POSITIVE'], known: SST2 }, { '0': 0, positive: 1 }],
    [
      'of a preset, for a model that counts in another order',
      { labels: ['not entailment', 'ENTAILMENT'], known: RTE },
      { '0': 1, '1': 0, entailment: 1, not_entailment: 0 },
    ],
    [
      'of a preset, for a model without names',
      { labels: ['LABEL_0', 'LABEL_1'], known: RTE },
      { entailment: 0, not_entailment: 1, '1': 1, label_1: 1 },
    ],
    ['a score', { labels: ['LABEL_0'] }, { '3.8': 3.8, '-1e-1': -0.1, '5': 5 }],
  ];
  test.each(rows)('%s', (_, reading, expected) => {
    const read = labelReader(reading);
    expect(Object.fromEntries(Object.keys(expected).map((text) => [text, read(text, 'line 1')]))).toEqual(expected);
  });

  const wrong: [what: string, reading: LabelReading, text: string, message: string][] = [
    ['a name', { labels: ['NO', 'YES'] }, 'maybe', 'E_LABEL line 7 of dev.tsv: "maybe" is no label of the model'],
    ['a number', { labels: ['NO', 'YES'] }, '2', 'E_LABEL line 7 of dev.tsv: "2" is no label of the model'],
    [
      'no label, as test sets have it',
      { labels: ['NO', 'YES'], known: SST2 },
      '-1',
      'E_LABEL line 7 of dev.tsv: "-1" is no label of the model',
    ],
    ['nothing', { labels: ['NO', 'YES'] }, '', 'E_LABEL line 7 of dev.tsv: "" is no label of the model'],
    ['a score', { labels: ['LABEL_0'] }, 'high', 'E_LABEL line 7 of dev.tsv: "high" is no score'],
    ['no score', { labels: ['LABEL_0'] }, ' ', 'E_LABEL line 7 of dev.tsv: " " is no score'],
    [
      'a model of other labels',
      { labels: ['a', 'b', 'c'], known: RTE },
      '1',
      'E_LABEL rte has the labels entailment, not_entailment; the model has a, b, c',
    ],
  ];
  test.each(wrong)('not %s', (_, reading, text, message) =>
    expect(refused(() => labelReader(reading)(text, 'line 7 of dev.tsv'))).toBe(message),
  );
});

describe('a choice of rows', () => {
  test.each([
    [{}, [0, 1, 2, 3, 4, 5]],
    [{ limit: 4 }, [0, 1, 2, 3]],
    [{ limit: 9, seed: 3 }, [0, 1, 2, 3, 4, 5]],
  ])('%j', (selection, rows) => expect(selectRows(6, selection)).toEqual(rows));

  test('a sample: different rows in order, the same for the same seed, each as likely as any other', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 200 }), fc.integer({ min: 1, max: 200 }), fc.nat(), (n, limit, seed) => {
        const rows = selectRows(n, { limit, seed });
        expect(rows).toHaveLength(Math.min(n, limit));
        expect(rows).toEqual([...new Set(rows)].sort((a, b) => a - b));
        expect(rows.every((row) => row >= 0 && row < n)).toBe(true);
        expect(selectRows(n, { limit, seed })).toEqual(rows);
      }),
    );
    const counts = Array<number>(10).fill(0);
    for (let seed = 1; seed <= 3000; seed++) for (const row of selectRows(10, { limit: 3, seed })) counts[row]! += 1;
    for (const count of counts) expect(Math.abs(count - 900)).toBeLessThan(6 * Math.sqrt(3000 * 0.3 * 0.7));
  });
});

describe('windows', () => {
  const spans = (n: number, window: number, stride: number) =>
    windowsOf(n, window, stride).map(({ begin, end, first }) => [begin, end - begin, first]);
  const rows: [n: number, window: number, stride: number, expected: number[][]][] = [
    [
      10,
      4,
      4,
      [
        [0, 4, 1],
        [4, 4, 1],
        [8, 2, 1],
      ],
    ],
    [
      9,
      4,
      4,
      [
        [0, 4, 1],
        [4, 4, 1],
      ],
    ],
    [
      10,
      4,
      2,
      [
        [0, 4, 1],
        [2, 4, 2],
        [4, 4, 2],
        [6, 4, 2],
      ],
    ],
    [
      9,
      4,
      3,
      [
        [0, 4, 1],
        [3, 4, 1],
        [6, 3, 1],
      ],
    ],
    [3, 8, 8, [[0, 3, 1]]],
    [2, 2, 1, [[0, 2, 1]]],
  ];
  test.each(rows)('%d tokens, window %d, stride %d', (n, window, stride, expected) =>
    expect(spans(n, window, stride)).toEqual(expected),
  );

  test('with an overlap every token but the first is predicted once', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 300 }), fc.integer({ min: 2, max: 40 }), fc.nat(40), (n, window, cut) => {
        const stride = Math.max(1, Math.min(window - 1, cut));
        const predicted = spans(n, window, stride).flatMap(([begin, length, first]) =>
          Array.from({ length: length! - first! }, (_, i) => begin! + first! + i),
        );
        expect(predicted).toEqual(Array.from({ length: n - 1 }, (_, i) => i + 1));
      }),
    );
  });

  test('a text of one token', () =>
    expect(refused(() => windowsOf(1, 4, 4))).toBe('E_TEXT the text has 1 tokens: there is nothing to predict'));

  test('loss: of what follows the context, by the logits of the token before', () => {
    const logits = [0, 0, 0, Math.log(2), Math.log(6), 0, 1000, 1000, -1000]; // [3, 3]
    const { loss, best } = lossOf(logits, [2, 0, 1], 1);
    expect(loss).toBeCloseTo(Math.log(3) + Math.log(9 / 6), 12);
    expect(best).toEqual([0, 1]);
    expect(lossOf(logits, [2, 0, 1], 2).loss).toBeCloseTo(Math.log(9 / 6), 12);
  });

  test('gaps: where likeliest tokens differ, how far apart they are in the clear', () => {
    const logits = [1, 5, 3, 7, 7.25, 0, 0, 0, 9]; // [3, 3]
    const rows: [first: number, best: number[], others: number[], gaps: number[]][] = [
      [1, [1, 1], [1, 1], []],
      [1, [1, 1], [2, 0], [2, 0.25]],
      [2, [1], [0], [0.25]],
    ];
    for (const [first, best, others, gaps] of rows) expect(gapsOf(logits, 3, first, best, others)).toEqual(gaps);
  });
});

describe('summary', () => {
  const bytes = { dealer: 60, online: 30, client: 10, total: 100 };
  const perParty = [0, 1, 2].map((party) => ({ party, sent: 40, received: 20 }));
  const batch = (opened: boolean, ...rows: BatchRecord['rows']): BatchRecord => ({
    rows,
    opened,
    seconds: { plaintext: 1, secure: 4 },
    rounds: 30,
    bytes: { ...bytes, perParty },
    ranges: [{ site: 'head shown', range: { most: opened ? 1 : 2 } }],
  });
  const row = (index: number, right: number, plain: number[], secure: number[], layer?: number[][]) => {
    const query = { ids: [1], types: [0] };
    const at = { row: index, right, query } satisfies Row;
    const layers = layer ? [{ name: 'layer.0', rows: 1, cols: 2, data: Float64Array.from(layer[1]!) }] : [];
    return recordOf(
      'labels',
      at,
      {
        output: Float32Array.from(plain),
        layers: new Map(layer ? [['layer.0', Float32Array.from(layer[0]!)]] : []),
      },
      { output: Float64Array.from(secure), layers },
    );
  };

  const first = batch(
    true,
    row(
      3,
      1,
      [0, 1],
      [0, 1.5],
      [
        [3, 4],
        [3.5, 4],
      ],
    ),
  );

  const second = batch(false, row(0, 0, [2, 0], [2, 0.25]), row(7, 1, [1, 0.5], [0.5, 1]));
  const summary = summarise('labels', 2, [first, second]);

  test('figures of three rows', () => {
    expect(summary.metrics.map(({ name, plaintext, secure }) => [name, plaintext, secure])).toEqual([
      ['accuracy', 2 / 3, 1],
      ['matthews', 0.5, 1],
      ['f1', 2 / 3, 1],
    ]);
    expect(summary.agreement).toEqual({ same: 2, of: 3 });
    expect(summary.gaps).toEqual([0.5]);
    expect(summary.measured).toEqual([{ site: 'head shown', range: { most: 2 } }]);
    expect(summary.logits).toEqual({ max: 0.5, mean: 1.75 / 6, p50: 0.25, p90: 0.5, p99: 0.5, p999: 0.5 });
  });

  test('layers: of the rows that were opened, also in units of their value', () => {
    const rms = Math.sqrt(25 / 2);
    expect([summary.layersOf, summary.openedMax]).toEqual([1, 0.5]);
    expect(summary.layers).toEqual([
      {
        ...{ name: 'layer.0', max: 0.5, mean: 0.25, p999: 0.5, rms },
        relative: { max: 0.5 / rms, mean: 0.25 / rms, p999: 0.5 / rms },
      },
    ]);
  });

  test('a sentence takes what one takes whose layers stay closed', () => {
    expect(summary.perSentence).toEqual({ seconds: 2, plaintextSeconds: 0.5, bytes: 50, rounds: 15 });
    expect(summary.total).toEqual({
      ...{ seconds: 8, plaintextSeconds: 2, rounds: 60 },
      bytes: {
        ...{ dealer: 120, online: 60, client: 20, total: 200 },
        perParty: [0, 1, 2].map((party) => ({ party, sent: 80, received: 40 })),
      },
    });
    expect(summarise('labels', 2, [first]).perSentence.bytes).toBe(100);
  });

  test('a row without a finite number', () => {
    expect(refused(() => row(5, 0, [Number.NaN, 0], [0, 0]))).toBe(
      'E_VALUE row 5 gives values in the clear that are no finite numbers',
    );
    expect(refused(() => row(5, 0, [0, 0], [0, Number.POSITIVE_INFINITY]))).toBe(
      'E_VALUE row 5 gives values on shares that are no finite numbers',
    );
  });

  test('the same whatever the order of the records', () => {
    expect(summarise('labels', 2, [second, first])).toEqual(summary);
    expect(summarise('labels', 2, JSON.parse(JSON.stringify([first, second])))).toEqual(summary);
  });
});
