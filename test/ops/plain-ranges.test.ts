/** Ranges by hand. */
import { expect, test } from 'vitest';
import { loadKernels } from '../../src/kernels/index.ts';
import * as bounds from '../../src/ops/bounds.ts';
import { type Ranged, RangeOps } from '../../src/ops/plain-ranges.ts';
import type { Rotary } from '../../src/ops/rotary.ts';
import { type Site, Sites } from '../../src/ops/sites.ts';
import type { ModelRing } from '../../src/rings/schema.ts';

const RING: ModelRing = {
  ...{ table: { bits: 32, frac: 18 }, vector: { bits: 40 } },
  ...{ bits: 64, fractionBits: 18, linear: { bits: 52, input: 18, weight: 18, results: 14 }, residual: { frac: 18 } },
  integers: { scores: 12, values: 9, activation: 8, product: 15, logits: 11 },
  sites: { 'gate.activation': { integers: 10 }, 'layer.7.attention.scores': { integers: 20 }, gate: { results: 12 } },
};

const WEIGHTS = new Map(
  Object.entries({
    'embeddings.table': {
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

function watched(ring = RING) {
  const sites = new Sites();
  const weights = { get: (name: string) => WEIGHTS.get(name)!, has: (name: string) => WEIGHTS.has(name) };
  const clear = { kernels: loadKernels(), weights };
  const ops = new RangeOps({ ring, form: (name) => WEIGHTS.get(name), sites, clear });
  const input = ops.hot({ width: 3, hot: [[0], [1], [0, 2]] }, 32); // [3, -4], [0.5, 0.25], [4, -3]
  return { sites, ops, input };
}

const found = (sites: Sites) =>
  Object.fromEntries(sites.list().map(({ site, range, bound }) => [site, { range, bound }]));
const near = (range: bounds.Bound) =>
  Object.fromEntries(Object.entries(range).map(([key, value]) => [key, expect.closeTo(value, 5)]));

/** Places as rows: name, range, bound. */
function check(sites: Sites, rows: [site: string, range: bounds.Bound, bound: bounds.Bound][]): void {
  const want = rows.map(([site, range, bound]) => [site, { range: near(range), bound }]);
  expect(found(sites)).toEqual(Object.fromEntries(want));
}

test('norms, linear layers, activations, products, residuals', async () => {
  const { ops, input, sites } = watched();
  const x = await ops.embed(input, 'embeddings.table');
  const n = await ops.normaliseRms(x, 0.5, 'layer.0.norm1'); // mean squares 12.5, 0.15625, 12.5
  const up = await ops.linear(x, 'layer.0.up'); // [-4.5, -30.5], [1.5, -5.5], [-1.5, -40.5]
  const gate = await ops.activation(await ops.linear(x, 'layer.0.gate'), 'relu', 'layer.0.gate'); // of [3, -12], [0.5, 0.75], [4, -9]
  const product = await ops.multiply(gate, up, 'layer.0.gate');
  await ops.normaliseRms(await ops.add('layer.0', x, up), 0, 'layer.1.norm1'); // [-1.5, -34.5], [2, -5.25], [2.5, -43.5]
  await ops.linear(product, 'layer.0.gate'); // of [-13.5, 0], [0.75, -4.125], [-6, 0]
  await ops.gain(n, 'layer.0.norm'); // of [3, -4] / sqrt(13), [0.5, 0.25] / sqrt(0.65625), [4, -3] / sqrt(13)
  const norm = { least: 2 ** -22, most: 2 ** 34 };
  check(sites, [
    ['layer.0.norm1 mean square', { least: 0.65625, most: 13 }, norm],
    ['embeddings.table rows', { most: 4 }, { most: 2 ** 12 }],
    ['layer.0.gate output', { most: 13.5 }, { most: 2 ** 12 }], // in Z_2^50
    ['layer.0.gate activation input', { most: 12 }, { most: 1024 - 2 ** -6 }],
    ['layer.0.gate product', { most: 13.5 }, { most: 2 ** 15 }],
    ['layer.0.up output', { most: 40.5 }, { most: 2 ** 13 }], // in Z_2^51
    ['layer.0 residual', { most: 43.5 }, { most: 2 ** 44 }],
    ['layer.1.norm1 mean square', { least: 15.78125, most: 949.25 }, norm],
    ['layer.0.norm gain', { most: 28 / Math.sqrt(13) }, { most: 2 ** 10 }], // in Z_2^48
  ]);
  const kinds = sites.list().map(({ kind, place }) => `${kind}: ${place}`);
  expect([...new Set(kinds)].sort()).toEqual([
    'activation: layer.0.gate',
    'embeddings: embeddings.table',
    'linear: layer.0.gate',
    'linear: layer.0.up',
    'norm: layer.0.norm1',
    'norm: layer.1.norm1',
    'product: layer.0.gate',
    'residual: layer.0',
    'residual: layer.0.norm',
  ]);
});

test('a residual stream with more fractional bits holds smaller rows', async () => {
  const { ops, input, sites } = watched({ ...RING, residual: { frac: 24 } });
  const x = await ops.embed(input, 'embeddings.table');
  await ops.normaliseRms(await ops.add('layer.0', x, await ops.linear(x, 'layer.0.up')), 0, 'layer.1.norm1');
  expect(found(sites)['layer.1.norm1 mean square']!.bound).toEqual({ least: 2 ** -34, most: 2 ** 22 });
  expect(found(sites)['layer.0 residual']!.bound).toEqual({ most: 2 ** 38 });
});

test('layer norm takes the mean away', async () => {
  const { ops, input, sites } = watched();
  await ops.normalise(await ops.embed(input, 'embeddings.table'), 0.25, 'embeddings'); // deviations 3.5, 0.125, 3.5
  const bound = { least: 2 ** -22, most: 2 ** 34 };
  expect(found(sites)['embeddings variance']).toEqual({ range: near({ least: 0.265625, most: 12.5 }), bound });
});

test('what a place was bound by twice counts as the tighter one, what it reached as the wider', () => {
  const sites = new Sites();
  const [a, b] = [
    { site: 'a', kind: 'norm', place: 'layer.0.up' },
    { site: 'b', kind: 'scores', place: 'layer.0.attention' },
  ] as const;
  sites.note({ ...a, bound: { least: 1, most: 8 }, range: { least: 3, most: 4 } });
  sites.note({ ...a, bound: { least: 0.5, most: 6 }, range: { least: 2, most: 3 } });
  sites.note({ ...a, bound: { most: Number.POSITIVE_INFINITY }, range: { most: 5 } });
  sites.note({ ...b, bound: { most: 1 } });
  const want: Site[] = [
    { ...a, bound: { least: 1, most: 6 }, range: { least: 2, most: 5 } },
    { ...b, bound: { most: 1 } },
  ];
  expect(sites.list()).toEqual(want);
});

/** [rows, 1] of numbers, as a linear layer's result. */
const column = (at: string, ...rows: number[]): Ranged => ({
  ...{ at, cols: 1, bits: 52, frac: 36, masked: false },
  value: { shape: [rows.length, 1], data: Float32Array.from(rows) },
});

/** One head of queries 2, -1 and keys 5, 1: scores [10, 2], [-5, -1]; what each place reached, and what it holds. */
const attend = async (name: string, mask: number[] | undefined, how: { causal?: boolean; rotary?: Rotary } = {}) => {
  const { ops, sites } = watched();
  const wide = (at: string, ...rows: number[]): Ranged => {
    const data = Float32Array.from(rows.flatMap((x) => [x, 0]));
    return { ...column(at), cols: 2, value: { shape: [rows.length, 2], data } };
  };
  const [q, k, v] = [wide('layer.3.query', 2, -1), wide('layer.3.key', 5, 1), wide('layer.3.value', 4, -8)];
  const options = { name, longest: 512, heads: 1, ...how };
  const out = await ops.attention(q, k, v, mask && ops.mask(mask), options);
  const places = sites.list().map(({ site, range, bound }) => [site, [range!.most, bound.most]]);
  return { places: Object.fromEntries(places), bound: bounds.formBound(out).most };
};

test('attention', async () => {
  const { places, bound } = await attend('layer.3.attention', undefined);
  expect(places).toEqual({
    'layer.3.value values': [8, 2 ** 9],
    'layer.3.attention scores': [10, 2 ** 12 - 1.5 * 2 ** -6],
  });
  expect(bound).toBe(2 ** 9);
});

test('attention: a place with rings of its own', async () => {
  const { places } = await attend('layer.7.attention', undefined);
  expect(places['layer.7.attention scores']).toEqual([10, 2 ** 20 - 1.5 * 2 ** -3]);
});

test('causal attention: the first row sees itself only; padded keys count, for they are computed with', async () => {
  const scores = async (mask?: number[], causal = false) =>
    (await attend('layer.3.attention', mask, { causal })).places['layer.3.attention scores'][0];
  expect(await scores(undefined, true)).toBe(10);
  expect(await scores([0, 1], true)).toBe(10);
  expect(await scores([0, 1])).toBe(10);
});

test('attention that turns its queries and keys', async () => {
  const rotary = { frequencies: () => Float64Array.of(0) };
  const { places } = await attend('layer.7.attention', undefined, { rotary });
  expect(places['layer.3.query to be turned']).toEqual([2, 2 ** 26 / Math.SQRT2]);
  expect(places['layer.3.key to be turned']).toEqual([5, 2 ** 26 / Math.SQRT2]);
});

test('logits: their size and the distance of two', async () => {
  const { ops, sites } = watched();
  const value = { shape: [2, 2] as const, data: Float32Array.of(3, -4, 10, 9) };
  const head: Ranged = { ...column('head'), cols: 2, value };
  ops.reveal(head, true);
  check(sites, [
    ['head shown', { most: 10 }, { most: 2 ** 15 }],
    ['head spread of logits', { most: 7 }, { most: 2 ** 12 }],
  ]);
  ops.reveal({ ...head, at: 'classifier' }, false);
  expect(sites.list().map(({ site }) => site)).toEqual(['head shown', 'head spread of logits', 'classifier shown']);
});

test('what is no number is beyond every bound', async () => {
  const { ops, sites } = watched();
  await ops.activation(column('layer.0.up', 1, Number.NaN), 'gelu', 'layer.0.up');
  expect(found(sites)['layer.0.up activation input']).toEqual({
    range: { most: Number.POSITIVE_INFINITY },
    bound: { most: expect.closeTo(256 - 3.6 - 2 ** -6, 10) },
  });
});
