/** Plans from ranges that are made up: every place goes up to 1, but for a few. */
import { describe, expect, test } from 'vitest';
import { readModelConfig } from '../../src/loaders/open-model.ts';
import { loadRegistry } from '../../src/loaders/registry.ts';
import { resolveModel } from '../../src/loaders/resolve.ts';
import { modelFor } from '../../src/models/index.ts';
import type { Bound } from '../../src/ops/bounds.ts';
import { boundsOf, entryBounds } from '../../src/plaintext/ranges.ts';
import { integersOf, linearOf } from '../../src/rings/model-ring.ts';
import { ModelRing } from '../../src/rings/schema.ts';
import { golden, planFor } from './planned.ts';

const DEFAULT = loadRegistry().defaults.ring;

/** A plan for a model whose places go up to 1, but for these. */
async function planned(name: string, ranges: Record<string, Bound>, margin = 2) {
  const model = modelFor(await readModelConfig(await resolveModel(golden(name))));
  const sites = [...(await boundsOf(model, DEFAULT, false)), ...entryBounds(model, DEFAULT)];
  const known = new Set(sites.map(({ site }) => site));
  expect(Object.keys(ranges).filter((site) => !known.has(site))).toEqual([]);
  const measured = sites.map(({ site, kind }) => {
    return { site, range: ranges[site] ?? { ...(kind === 'norm' ? { least: 1 } : {}), most: 1 } };
  });
  const plan = await planFor(model, { ring: DEFAULT, measured, margin });
  expect(ModelRing.parse(plan.ring)).toEqual(plan.ring);
  return { ...plan, broken: plan.broken.map(({ site }) => site) };
}

/** Of a linear layer: [bits, input, weight, results]. */
const linear = (ring: ModelRing, place: string) => {
  const { bits, input, weight, results } = linearOf(ring, place);
  return [bits, input, weight, results];
};

describe('the results of a linear layer', () => {
  test.each<[what: string, most: number, margin: number, ring: number[]]>([
    ['narrower', 0.4, 2, [39, 18, 18, 1]],
    ['up to a power of two', 8, 2, [43, 18, 18, 5]],
    ['a little more', 8.001, 2, [44, 18, 18, 6]],
    ['another margin', 8, 5, [46, 18, 18, 8]],
    ['the last ring whose products keep all bits', 2 ** 11, 2, [51, 18, 18, 13]],
    ['from 52 bits on a product has one bit less', 2 ** 12, 2, [53, 18, 18, 14]],
    ['all 64 bits', 2 ** 23, 2, [64, 18, 18, 25]],
    ['fewer fractional bits of the input', 2 ** 24, 2, [64, 17, 18, 26]],
    ['and of the weights', 2 ** 25, 2, [64, 17, 17, 27]],
    ['evenly', 2 ** 32, 2, [64, 13, 14, 34]],
    ['as large as results can be', 2 ** 38, 2, [64, 10, 11, 40]],
  ])('%s', async (_, most, margin, want) => {
    const { ring, broken } = await planned('llama-grouped', { 'layer.1.down output': { most } }, margin);
    expect(broken).toEqual([]);
    expect(linear(ring, 'layer.1.down')).toEqual(want);
    expect(linear(ring, 'layer.0.down')).toEqual(margin === 2 ? [40, 18, 18, 2] : [43, 18, 18, 5]);
  });

  test('an input with 14 fractional bits', async () => {
    const { ring } = await planned('gpt2-tied', { 'layer.1.down output': { most: 2 ** 27 } });
    expect(linear(ring, 'layer.1.down')).toEqual([64, 18, 18, 29]);
    const wider = await planned('gpt2-tied', { 'layer.1.down output': { most: 2 ** 29 } });
    expect(linear(wider.ring, 'layer.1.down')).toEqual([64, 13, 17, 31]);
  });

  test('what norms give is as wide as the widest of its readers; entries of the weights count too', async () => {
    const { ring } = await planned('llama-grouped', {
      'layer.0.key output': { most: 1000 },
      'layer.1.up.weight entries': { most: 2 ** 30 },
    });
    expect([ring.linear.bits, linear(ring, 'layer.0.key')]).toEqual([50, [50, 18, 18, 12]]);
    expect(linear(ring, 'layer.1.up')).toEqual([51, 18, 18, 2]);
  });
});

describe('integer bits', () => {
  test.each<
    [site: string, place: string, kind: 'scores' | 'values' | 'activation' | 'product' | 'logits', [number, number][]]
  >([
    [
      'layer.1.attention scores',
      'layer.1.attention',
      'scores',
      [
        [1, 8],
        [200, 10],
        [2 ** 18, 21],
        [4_000_000, 24],
      ],
    ],
    [
      'layer.1.value values',
      'layer.1.attention',
      'values',
      [
        [1, 4],
        [100, 9],
        [2 ** 28, 30],
      ],
    ],
    [
      'layer.1.gate activation input',
      'layer.1.gate',
      'activation',
      [
        [1, 7],
        [30, 8],
        [1000, 12],
        [2 ** 27, 30],
      ],
    ],
    [
      'layer.1.gate product',
      'layer.1.gate',
      'product',
      [
        [1, 6],
        [2 ** 20, 22],
        [2 ** 32, 34],
      ],
    ],
    [
      'head spread of logits',
      'head',
      'logits',
      [
        [1, 6],
        [100, 8],
        [2 ** 29, 30],
      ],
    ],
  ])('%s', async (site, place, kind, cases) => {
    for (const [most, bits] of cases) {
      const { ring, broken } = await planned('llama-grouped', { [site]: { most } });
      expect([broken, integersOf(ring, kind, place)], `${most}`).toEqual([[], bits]);
    }
  });

  test('a result is no narrower than the activation that reads it, which costs a message otherwise', async () => {
    const { ring } = await planned('llama-grouped', {});
    expect([integersOf(ring, 'activation', 'layer.0.gate'), linear(ring, 'layer.0.gate')]).toEqual([
      7,
      [45, 18, 18, 7],
    ]);
    expect([integersOf(ring, 'logits', 'head'), linear(ring, 'head')]).toEqual([6, [44, 18, 18, 6]]);
  });
});

describe('the residual stream and tables', () => {
  test.each<[what: string, ranges: Record<string, Bound>, residual: number, table: [bits: number, frac: number]]>([
    ['as they are, with fewer bits for the table', {}, 18, [22, 18]],
    ['large entries of the table', { 'embeddings.table entries': { most: 100 } }, 18, [28, 18]],
    ['a large stream', { 'layer.1 residual': { most: 2 ** 45 } }, 15, [19, 15]],
    ['a large mean square', { 'layer.1.norm1 mean square': { least: 1, most: 2 ** 33 } }, 16, [20, 16]],
    ['a small one', { 'layer.0.norm1 mean square': { least: 2 ** -24, most: 1 } }, 21, [25, 21]],
  ])('%s', async (_, ranges, residual, table) => {
    const { ring, broken } = await planned('llama-grouped', ranges);
    expect(broken).toEqual([]);
    expect([ring.residual.frac, [ring.table.bits, ring.table.frac]]).toEqual([residual, table]);
  });

  test('sums of a gain and a linear layer', async () => {
    const { ring, broken } = await planned('bf16-three-labels', { 'layer.0.norm2 residual': { most: 10_000 } });
    expect(broken).toEqual([]);
    expect([ring.linear.bits, ring.vector.bits, linear(ring, 'layer.0.down')]).toEqual([54, 54, [50, 18, 18, 16]]);
    expect(linear(ring, 'layer.0.context')).toEqual([40, 18, 18, 2]);
  });
});

describe('wider and narrower at once', () => {
  test('most layers have one entry, others their own', async () => {
    const { ring, broken } = await planned('llama-grouped', {
      'layer.1.attention scores': { most: 1e6 },
      'layer.0.up output': { most: 3e5 },
    });
    expect(broken).toEqual([]);
    expect(ring.sites).toEqual({
      query: { bits: 40 },
      key: { bits: 40 },
      value: { bits: 40 },
      'attention.values': { integers: 4 },
      'attention.scores': { integers: 8 },
      'layer.1.attention.scores': { integers: 22 },
      context: { bits: 40 },
      gate: { bits: 45, results: 7 },
      up: { results: 21 },
      'layer.1.up': { bits: 40, results: 2 },
      'gate.activation': { integers: 7 },
      'gate.product': { integers: 6 },
      down: { bits: 40 },
      head: { bits: 44, results: 6 },
      'head.logits': { integers: 6 },
    });
  });

  test('a plan for the plan’s own rings is the same', async () => {
    const ranges = { 'layer.0.up output': { most: 3e5 }, 'layer.1 residual': { most: 2 ** 45 } };
    const once = await planned('llama-grouped', ranges);
    expect((await planned('llama-grouped', ranges)).ring).toEqual(once.ring);
    expect(once.margins.every(({ holds }) => holds)).toBe(true);
  });
});

describe('no plan', () => {
  test.each<[what: string, ranges: Record<string, Bound>, broken: string[]]>([
    ['scores', { 'layer.0.attention scores': { most: 2 ** 23 } }, ['layer.0.attention scores']],
    ['results', { 'layer.1.down output': { most: 2 ** 39 } }, ['layer.1.down output']],
    ['an activation', { 'layer.1.gate activation input': { most: 2 ** 29 } }, ['layer.1.gate activation input']],
    ['what is shown', { 'head shown': { most: 10_000 } }, ['head shown']],
    ['no number', { 'layer.1.up output': { most: Number.POSITIVE_INFINITY } }, ['layer.1.up output']],
    [
      'mean squares that are too far apart',
      {
        'layer.0.norm1 mean square': { least: 2 ** -20, most: 1 },
        'layer.1.norm1 mean square': { least: 1, most: 2 ** 40 },
      },
      ['layer.1.norm1 mean square'],
    ],
    [
      'several places, the worst first',
      { 'layer.0.attention scores': { most: 2 ** 30 }, 'layer.1.gate product': { most: 2 ** 33 } },
      ['layer.0.attention scores', 'layer.1.gate product'],
    ],
  ])('%s', async (_, ranges, broken) => {
    expect((await planned('llama-grouped', ranges)).broken).toEqual(broken);
  });

  test('a smaller margin may do', async () => {
    const ranges = { 'layer.0.attention scores': { most: 2 ** 22.5 } };
    expect((await planned('llama-grouped', ranges, 2)).broken).toEqual(['layer.0.attention scores']);
    expect((await planned('llama-grouped', ranges, 1)).broken).toEqual([]);
  });
});
