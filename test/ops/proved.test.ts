/** What weights prove against what texts do: no value is larger than its proof, at any site of any golden model. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { embed } from '../../src/heads/embed.ts';
import { loadKernels } from '../../src/kernels/index.ts';
import { openModel } from '../../src/loaders/open-model.ts';
import { loadRegistry } from '../../src/loaders/registry.ts';
import { resolveModel } from '../../src/loaders/resolve.ts';
import { modelFor } from '../../src/models/index.ts';
import type { Model } from '../../src/models/model.ts';
import { plannedWeights } from '../../src/models/weights.ts';
import type { Ops } from '../../src/ops/ops.ts';
import { type Ranged, RangeOps } from '../../src/ops/plain-ranges.ts';
import { Sites } from '../../src/ops/sites.ts';
import { fitRings, reachesOf } from '../../src/plans/fit.ts';
import { normsOf, weightNorms } from '../../src/plans/weight-norms.ts';
import { integersOf, linearOf, storedRing } from '../../src/rings/model-ring.ts';

const kernels = loadKernels();
const GOLDEN = readdirSync('test/golden/models').map((name) => join('test/golden/models', name));

describe.each([...GOLDEN, 'bert-tiny-sst2', 'gpt2-tiny-shakespeare', 'llama-tiny-shakespeare'])('%s', (name) => {
  test('every value is within its proof, and within rings that are fitted', async () => {
    const resolved = await resolveModel(name);
    const checkpoint = await openModel(resolved, kernels);
    try {
      const model = modelFor(checkpoint.config);
      const plan = model.plan(checkpoint.names);
      const norms = await weightNorms({ plan, read: checkpoint.read });
      const proofs = new Map<string, number>();
      for (const { kind, place, most } of await reachesOf(model, norms)) {
        const key = `${kind} ${place}`;
        proofs.set(key, Math.max(most, proofs.get(key) ?? 0));
      }
      const { ring, unproved } = await fitRings(model, resolved.ring, norms);
      const n = Math.min(9, model.maxTokens);
      const queries = [1, 5, 7].map((step) => ({
        ids: Array.from({ length: n }, (_, i) => (3 + i * step) % model.vocabularySize),
        types: Array(n).fill(0),
      }));
      const sites = new Sites();
      const forms = new Map(plan.map((t) => [t.name, { ...storedRing(t, ring), shape: t.shape }]));
      const clear = { kernels, weights: plannedWeights(plan, checkpoint.read) };
      for (const { ids, types } of queries) {
        const ops = new RangeOps({ ring, sites, form: (tensor) => forms.get(tensor), clear });
        const rows = ops.hot(model.hotRows(ids, types), ring.table.bits);
        ops.reveal(await model.forward<Ranged>(ops, { tokens: n, rows, every: true }), model.head.argmax);
      }
      const checked = sites.list().filter(({ kind, place }) => kind !== 'logits' && proofs.has(`${kind} ${place}`));
      expect(checked.length).toBeGreaterThan(5 * model.layers);
      const beyond = checked.filter(({ kind, place, range }) => range!.most > proofs.get(`${kind} ${place}`)! * 1.0001);
      expect(beyond).toEqual([]);
      expect(unproved).toEqual([]);
    } finally {
      await checkpoint.close();
    }
  });
});

describe('a proof leaves room for what is rounded', () => {
  /** A ring for a model of one linear layer, whose results are below `most`, and an activation. */
  const fitted = async (most: number, kind: 'relu' | 'silu') => {
    const model = {
      ...{ rowWidth: 4, head: embed },
      forward: async <T>(ops: Ops<T>, { rows }: { rows: T }) =>
        ops.activation(await ops.linear(await ops.normaliseRms(rows, 0, 'norm'), 'up'), kind, 'up'),
    } as unknown as Model;
    const norms = new Map([['up.weight', { shape: [2, 4], largest: most / 2, row: most / 2, all: most / 2 }]]);
    const { ring, unproved } = await fitRings(model, loadRegistry().defaults.ring, norms);
    expect(unproved.filter(({ kind }) => kind !== 'output')).toEqual([]); // what is shown has one ring
    return { results: linearOf(ring, 'up').results, activation: integersOf(ring, 'activation', 'up') };
  };

  test.each([
    [1000, { results: 14, activation: 10 }],
    [1010, { results: 14, activation: 11 }], // 1020.1, and 12 for the pieces of an activation
    [2 ** 13 - 1, { results: 14, activation: 14 }],
    [2 ** 16 - 700, { results: 16, activation: 16 }],
    [2 ** 16 - 1, { results: 17, activation: 17 }],
  ])('results below %d', async (most, want) => {
    expect(await fitted(most, 'silu')).toEqual(want);
  });
});

test('norms of a matrix and a vector', () => {
  const matrix = Float32Array.of(3, -4, 0, 1, 2, 2);
  expect(normsOf(matrix, [2, 3])).toEqual({ shape: [2, 3], largest: 4, row: 5, all: Math.sqrt(34) });
  expect(normsOf(Float32Array.of(3, 4), [2])).toEqual({ shape: [2], largest: 4, row: 5, all: 5 });
  expect(normsOf(new Float32Array(0), [0, 4])).toEqual({ shape: [0, 4], largest: 0, row: 0, all: 0 });
});
