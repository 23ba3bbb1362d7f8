import { describe, expect, test } from 'vitest';
import { loadKernels } from '../../src/kernels/index.ts';
import { hotInput, maskInput, type PlainOptions, type PlainValue, plainOps } from '../../src/ops/plain.ts';
import { softmax2 } from '../../src/ops/plain-attention.ts';
import { ACTIVATIONS, erf } from '../../src/ops/plain-values.ts';

const value = (...rows: number[][]): PlainValue => ({
  shape: [rows.length, rows[0]?.length ?? 0],
  data: Float32Array.from(rows.flat()),
});

const rowsOf = ({ shape: [n, width], data }: PlainValue) =>
  Array.from({ length: n }, (_, i) => [...data.subarray(i * width, (i + 1) * width)]);

const close = (actual: PlainValue, expected: number[][], digits = 6) => {
  expect(actual.shape).toEqual([expected.length, expected[0]?.length ?? 0]);
  rowsOf(actual).forEach((row, i) => {
    row.forEach((x, c) => {
      expect(x).toBeCloseTo(expected[i]![c]!, digits);
    });
  });
};

const TENSORS = new Map(
  Object.entries({
    table: [
      [1, 2],
      [10, 20],
      [100, 200],
      [1000, 2000],
    ],
    'dense.weight': [
      [1, 2],
      [3, 4],
      [5, 6],
    ],
    'dense.bias': [[0.5, -0.5, 0.25]],
    'bare.weight': [[1, -1]],
    'norm.weight': [[2, 3]],
    'norm.bias': [[10, 20]],
  }).map(([name, rows]) => [name, { shape: [rows.length, rows[0]!.length], data: Float32Array.from(rows.flat()) }]),
);

const ops = (options?: PlainOptions) =>
  plainOps(loadKernels(), { get: (name) => TENSORS.get(name)!, has: (name) => TENSORS.has(name) }, options);

describe('steps', () => {
  test('embed adds the hot rows', async () => {
    const rows = hotInput({ width: 4, hot: [[0, 3], [2], [], [1, 1]] });
    close(await ops().embed(rows, 'table'), [
      [1001, 2002],
      [100, 200],
      [0, 0],
      [20, 40],
    ]);
    expect(rows).toMatchObject({ shape: [4, 4] });
    await expect(ops().embed(hotInput({ width: 5, hot: [[0]] }), 'table')).rejects.toThrow(
      'rows of 5 for a table of 4',
    );
    await expect(ops().embed(value([1, 0, 0, 0]), 'table')).rejects.toThrow('hotInput');
  });

  test('rows', async () => {
    const from1 = [
      [10, 20],
      [100, 200],
    ];
    close(await ops().rows('table', 1, 2), from1);
    await expect(ops().rows('table', 3, 2)).rejects.toThrow('rows table: 3 and 2 more of 4');
  });

  test('rows are copies', async () => {
    const copy = await ops().rows('table', 0, 1);
    copy.data[0] = 7;
    close(await ops().rows('table', 0, 1), [[1, 2]]);
  });

  test('linear, with a bias and without', async () => {
    close(await ops().linear(value([1, 1], [0, -1]), 'dense'), [
      [3.5, 6.5, 11.25],
      [-1.5, -4.5, -5.75],
    ]);
    close(await ops().linear(value([5, 2]), 'bare'), [[3]]);
    await expect(ops().linear(value([1, 2, 3]), 'bare')).rejects.toThrow('linear bare: [1, 3] by [1, 2]');
  });

  test('no rows in, no rows out', async () => {
    const none: PlainValue = { shape: [0, 2], data: new Float32Array(0) };
    expect((await ops().linear(none, 'dense')).shape).toEqual([0, 3]);
    expect((await ops().normalise(none, 1e-12, 'norm')).shape).toEqual([0, 2]);
    expect((await ops().gain(none, 'norm')).shape).toEqual([0, 2]);
    expect((await ops().activation(none, 'gelu', 'layer.0.up')).shape).toEqual([0, 2]);
  });

  test('add takes any number of terms of one shape', async () => {
    close(await ops().add('sum', value([1, 2])), [[1, 2]]);
    close(await ops().add('sum', value([1, 2]), value([10, 20]), value([100, 200])), [[111, 222]]);
    await expect(ops().add('sum', value([1, 2]), value([1], [2]))).rejects.toThrow('add: [1, 2] + [2, 1]');
  });

  test('normalise: mean 0, variance 1 over the row', async () => {
    const s = Math.sqrt(1.25);
    close(await ops().normalise(value([1, 2, 3, 4]), 0, 'norm'), [[-1.5 / s, -0.5 / s, 0.5 / s, 1.5 / s]]);
    close(await ops().normalise(value([1001, 1002, 1003, 1004]), 0, 'norm'), [[-1.5 / s, -0.5 / s, 0.5 / s, 1.5 / s]]);
    close(await ops().normalise(value([-1, 1]), 3, 'norm'), [[-0.5, 0.5]]);
    close(await ops().normalise(value([5], [7]), 1e-12, 'norm'), [[0], [0]]);
  });

  test('gain', async () => {
    close(await ops().gain(value([1, 1], [0, 2]), 'norm'), [
      [12, 23],
      [10, 26],
    ]);
  });

  test('row', async () => {
    close(await ops().row(value([1, 2], [3, 4]), 1), [[3, 4]]);
    await expect(ops().row(value([1, 2]), 1)).rejects.toThrow('row 1 of 1');
  });

  test('all gives the results in order', async () => {
    const [a, b] = await ops().all(
      (o) => o.row(value([1], [2]), 1),
      async () => 'other',
    );
    close(a, [[2]]);
    expect(b).toBe('other');
  });

  test('tap shows the value', async () => {
    const seen: [string, PlainValue][] = [];
    const x = value([1]);
    await ops({ onTap: (name, tapped) => seen.push([name, tapped]) }).tap('here', x);
    await ops().tap('unseen', x);
    expect(seen).toEqual([['here', x]]);
  });
});

describe('functions', () => {
  test.each([
    [0, 0],
    [1e-300, 1.1283791670955126e-300],
    [1e-10, 1.1283791670955126e-10],
    [0.1, 0.1124629160182849],
    [0.5, 0.5204998778130465],
    [1, 0.8427007929497149],
    [1.5, 0.9661051464753108],
    [2, 0.9953222650189527],
    [2.9, 0.9999589021219005],
    [3.5, 0.9999992569016276],
    [4.5, 0.9999999998033839],
    [5.5, 0.9999999999999927],
    [5.99, 1],
    [6, 1],
    [40, 1],
    [Number.POSITIVE_INFINITY, 1],
  ])('erf(%d)', (x, expected) => {
    expect(Math.abs(erf(x) - expected)).toBeLessThanOrEqual(1e-15 * Math.abs(expected));
    expect(erf(-x)).toBe(-erf(x));
  });

  test.each([
    [-9, 0, 0],
    [-3, -0.00404969409489031, -0.0036373920817729943],
    [-1, -0.15865525393145707, -0.15880800939172324],
    [-0.5, -0.15426876936299344, -0.15428599017485606],
    [0, 0, 0],
    [0.5, 0.34573123063700656, 0.34571400982514394],
    [1, 0.8413447460685429, 0.8411919906082768],
    [3, 2.99595030590511, 2.996362607918227],
    [9, 9, 9],
  ])('gelu and gelu_new of %d', (x, gelu, geluNew) => {
    expect(ACTIVATIONS.gelu(x)).toBeCloseTo(gelu, 14);
    expect(ACTIVATIONS.gelu_new(x)).toBeCloseTo(geluNew, 14);
  });

  test('relu, tanh, silu', async () => {
    const x = value([-200, -1, 0, 1, 200]);
    close(await ops().activation(x, 'relu', 'layer.0.up'), [[0, 0, 0, 1, 200]]);
    close(await ops().activation(x, 'tanh', 'layer.0.up'), [[-1, Math.tanh(-1), 0, Math.tanh(1), 1]]);
    close(await ops().activation(x, 'silu', 'layer.0.up'), [[0, -1 / (1 + Math.E), 0, Math.E / (1 + Math.E), 200]]);
  });
});

/** What the plain interpreter has no use for. */
const HERE = { name: 'layer.0.attention', longest: 8 };

describe('attention', () => {
  test.each<[string, number[], number[] | undefined, number, number[]]>([
    ['all', [0, 1, 2], undefined, 2, [1 / 7, 2 / 7, 4 / 7]],
    ['one', [5], undefined, 0, [1]],
    ['no overflow', [5000, 5001], undefined, 1, [1 / 3, 2 / 3]],
    ['no underflow', [-5000, -5001], undefined, 1, [2 / 3, 1 / 3]],
    ['masked', [9, 1, 2], [0, 1, 1], 2, [0, 1 / 3, 2 / 3]],
    ['up to the last', [0, 1, 9], undefined, 1, [1 / 3, 2 / 3, 0]],
    ['both', [9, 1, 2, 9], [0, 1, 1, 1], 2, [0, 1 / 3, 2 / 3, 0]],
    ['none', [1, 2], [0, 1], 0, [0, 0]],
    ['empty', [], undefined, -1, []],
  ])('softmax in base 2: %s', (_, scores, mask, last, expected) => {
    const row = Float32Array.from(scores);
    softmax2(row, mask && Float32Array.from(mask), last);
    close(value([...row]), [expected]);
  });

  // scores of query j against key i are q_j + k_i in effect: keys differ by powers of two
  const q = value([1, 2], [1, 1], [1, 0]);
  const k = value([0, 0], [1, 1], [2, 2]);
  const v = value([7, 70], [14, 140], [21, 210]);

  test('head by head', async () => {
    // head 0: 2^(0, 1, 2), head 1: 2^(0, 2, 4), 2^(0, 1, 2), then even
    close(
      await ops().attention(q, k, v, undefined, { ...HERE, heads: 2 }),
      [
        [17, (70 + 4 * 140 + 16 * 210) / 21],
        [17, 170],
        [17, 140],
      ],
      4,
    );
  });

  test('one head takes the whole width', async () => {
    const weights = [1, 8, 64]; // 2^(0, 1 + 2, 2 + 4)
    const sum = weights[0]! * 7 + weights[1]! * 14 + weights[2]! * 21;
    const [first] = rowsOf(await ops().attention(q, k, v, undefined, { ...HERE, heads: 1 }));
    expect(first![0]).toBeCloseTo(sum / 73, 5);
  });

  test('a mask hides keys', async () => {
    const hidden = await ops().attention(q, k, v, maskInput([1, 1, 0]), { ...HERE, heads: 2 });
    const without = await ops().attention(q, value([0, 0], [1, 1], [99, 99]), v, maskInput([1, 1, 0]), {
      ...HERE,
      heads: 2,
    });
    expect(hidden).toEqual(without);
    expect(hidden.data[0]).toBeCloseTo((7 + 2 * 14) / 3, 5);
  });

  test('causal rows see what came before', async () => {
    const causal = rowsOf(await ops().attention(q, k, v, undefined, { ...HERE, heads: 2, causal: true }));
    expect(causal[0]).toEqual([7, 70]);
    expect(causal[1]![0]).toBeCloseTo((7 + 2 * 14) / 3, 5);
    expect(causal[2]![0]).toBeCloseTo(17, 5);
  });

  test('fewer queries than keys: they are the last positions when causal', async () => {
    const top = await ops().row(q, 0);
    close(await ops().attention(top, k, v, undefined, { ...HERE, heads: 2 }), [[17, 3990 / 21]], 4);
    const whole = rowsOf(await ops().attention(q, k, v, undefined, { ...HERE, heads: 2, causal: true }));
    const lastTwo = value(...rowsOf(q).slice(1));
    const some = rowsOf(await ops().attention(lastTwo, k, v, undefined, { ...HERE, heads: 2, causal: true }));
    expect(some).toEqual(whole.slice(1));
  });

  test.each<[string, PlainValue, PlainValue, PlainValue, number, number]>([
    ['heads that do not divide the width', q, k, v, 3, 3],
    ['keys of another width', q, value([1], [2], [3]), v, 1, 3],
    ['more queries than keys', q, value([1, 1]), value([1, 1]), 1, 1],
    ['a mask of another length', q, k, v, 1, 2],
  ])('refuses %s', async (_, queries, keys, values, heads, masked) => {
    const mask = maskInput(Array(masked).fill(1));
    await expect(ops().attention(queries, keys, values, mask, { ...HERE, heads })).rejects.toThrow(
      'internal: attention',
    );
  });
});
