/** Ranges by hand. */
import { expect, test } from 'vitest';
import { loadKernels } from '../../src/kernels/index.ts';
import type { Bound } from '../../src/ops/bounds.ts';
import { type Ranged, RangeOps } from '../../src/ops/plain-ranges.ts';
import { type Site, Sites } from '../../src/ops/sites.ts';

const RING = { bits: 64, fractionBits: 18, linear: { bits: 52, input: 18, weight: 18 } };

const WEIGHTS = new Map(
  Object.entries({
    table: {
      rows: [
        [3, -4],
        [0.5, 0.25],
        [1, 1],
      ],
      bits: 32,
    },
    'layer.0.up.weight': {
      rows: [
        [1, 2],
        [-10, 0],
      ],
      bits: 52,
    },
    'layer.0.up.bias': { rows: [[0.5, -0.5]], bits: 48 },
    'layer.0.gate.weight': {
      rows: [
        [1, 0],
        [0, 3],
      ],
      bits: 52,
    },
    'layer.0.norm.weight': { rows: [[7, 1]], bits: 48 },
    'layer.0.norm.bias': { rows: [[0, -2]], bits: 48 },
  }).map(([name, { rows, bits }]) => {
    const shape = [rows.length, rows[0]!.length];
    return [name, { shape, data: Float32Array.from(rows.flat()), bits, frac: 18 }];
  }),
);

function watched() {
  const sites = new Sites();
  const weights = { get: (name: string) => WEIGHTS.get(name)!, has: (name: string) => WEIGHTS.has(name) };
  const clear = { kernels: loadKernels(), weights };
  const ops = new RangeOps({ ring: RING, form: (name) => WEIGHTS.get(name), sites, clear });
  const input = ops.hot({ width: 3, hot: [[0], [1], [0, 2]] }, 32); // [3, -4], [0.5, 0.25], [4, -3]
  return { sites, ops, input };
}

const found = (sites: Sites) =>
  Object.fromEntries(sites.list().map(({ site, range, bound }) => [site, { range, bound }]));
const near = (range: Bound) =>
  Object.fromEntries(Object.entries(range).map(([key, value]) => [key, expect.closeTo(value, 5)]));

/** Places as rows: name, range, bound. */
function check(sites: Sites, rows: [site: string, range: Bound, bound: Bound][]): void {
  const want = rows.map(([site, range, bound]) => [site, { range: near(range), bound }]);
  expect(found(sites)).toEqual(Object.fromEntries(want));
}

const FREE = { most: Number.POSITIVE_INFINITY };

test('norms, linear layers, activations, products, residuals', async () => {
  const { ops, input, sites } = watched();
  const x = await ops.embed(input, 'table');
  const n = await ops.normaliseRms(x, 0.5); // mean squares 12.5, 0.15625, 12.5
  const up = await ops.linear(x, 'layer.0.up'); // [-4.5, -30.5], [1.5, -5.5], [-1.5, -40.5]
  const gate = await ops.activation(await ops.linear(x, 'layer.0.gate'), 'relu'); // of [3, -12], [0.5, 0.75], [4, -9]
  const product = await ops.multiply(gate, up);
  await ops.normaliseRms(await ops.add(x, up), 0); // [-1.5, -34.5], [2, -5.25], [2.5, -43.5]
  await ops.linear(product, 'layer.0.gate'); // of [-13.5, 0], [0.75, -4.125], [-6, 0]
  await ops.gain(n, 'layer.0.norm');
  check(sites, [
    ['table rows', { most: 4 }, { most: 2 ** 12 }],
    ['table mean square', { least: 0.65625, most: 13 }, { least: 2 ** -14, most: 2 ** 25 }],
    ['layer.0.gate activation input', { most: 12 }, { most: 256 }],
    ['layer.0.gate output', { most: 12 }, FREE],
    ['layer.0.up output', { most: 40.5 }, { most: 2 ** 13 }],
    ['layer.0.up residual', { most: 43.5 }, { most: 2 ** 12 }],
    ['layer.0.up mean square', { least: 15.78125, most: 949.25 }, { least: 2 ** -14, most: 2 ** 25 }],
    ['layer.0.gate by layer.0.up product', { most: 13.5 }, { most: 2 ** 14 }],
  ]);
});

test('layer norm takes the mean away', async () => {
  const { ops, input, sites } = watched();
  await ops.normalise(await ops.embed(input, 'table'), 0.25); // deviations 3.5, 0.125, 3.5
  const bound = { least: 2 ** -9, most: 2 ** 21 };
  expect(found(sites)['table variance']).toEqual({ range: near({ least: 0.265625, most: 12.5 }), bound });
});

test('what a place was bound by twice counts as the tighter one, what it reached as the wider', () => {
  const sites = new Sites();
  sites.note('a', { least: 1, most: 8 }, { least: 3, most: 4 });
  sites.note('a', { least: 0.5, most: 6 }, { least: 2, most: 3 });
  sites.note('a', FREE, { most: 5 });
  sites.note('b', { most: 1 });
  const want: Site[] = [
    { site: 'a', bound: { least: 1, most: 6 }, range: { least: 2, most: 5 } },
    { site: 'b', bound: { most: 1 } },
  ];
  expect(sites.list()).toEqual(want);
});

/** [rows, 1] of numbers, as a linear layer's result. */
const column = (at: string, ...rows: number[]): Ranged => ({
  ...{ at, what: 'output', cols: 1, bits: 52, frac: 36, masked: false },
  value: { shape: [rows.length, 1], data: Float32Array.from(rows) },
});

const attend = async (mask: number[] | undefined, causal: boolean) => {
  const { ops, sites } = watched();
  const [q, k, v] = [column('layer.3.query', 2, -1), column('layer.3.key', 5, 1), column('layer.3.value', 4, -8)];
  await ops.attention(q, k, v, mask && ops.mask(mask), { heads: 1, causal });
  return Object.fromEntries(sites.list().map(({ site, range }) => [site.replace('layer.3.', ''), range!.most]));
};

test('attention', async () => {
  // Scores [10, 2], [-5, -1]; weights 1 and 2^-8, 2^-4 and 1; sums 3.96875 and -7.75
  expect(await attend(undefined, false)).toEqual({
    'query output': 2,
    'key output': 5,
    'value output': 8,
    'attention scores': 10,
    'attention spread of scores': 8,
    'attention weights times values': expect.closeTo(7.75, 5),
  });
});

test('causal attention: the first row sees itself only', async () => {
  expect(await attend(undefined, true)).toMatchObject({
    'attention scores': 10,
    'attention spread of scores': 4,
    'attention weights times values': expect.closeTo(7.75, 5),
  });
});

test('padded keys', async () => {
  expect(await attend([1, 0], false)).toMatchObject({
    'attention scores': 10,
    'attention spread of scores': 0,
    'attention padded scores below the largest': 8,
    'attention padded scores above the largest': 4,
    'attention weights times values': expect.closeTo(4, 5),
  });
});

test('logits: their size and the distance of two', async () => {
  const { ops, sites } = watched();
  const value = { shape: [2, 2] as const, data: Float32Array.of(3, -4, 10, 9) };
  const head: Ranged = { ...column('head'), cols: 2, value };
  ops.reveal(head, true);
  check(sites, [
    ['head output', { most: 10 }, { most: 2 ** 15 }],
    ['head spread of logits', { most: 7 }, { most: 2 ** 11 }],
  ]);
  ops.reveal({ ...head, at: 'classifier' }, false);
  expect(sites.list().map(({ site }) => site)).toEqual(['head output', 'head spread of logits', 'classifier output']);
});

test('what is no number is beyond every bound', async () => {
  const { ops, sites } = watched();
  await ops.activation(column('layer.0.up', 1, Number.NaN), 'gelu');
  expect(found(sites)['layer.0.up activation input']!.range).toEqual({ most: Number.POSITIVE_INFINITY });
});
