/** Calibration in this process: bundled models, other rings, and models whose weights break a bound. */
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { cutQueries, windowQueries } from '../../src/datasets/calibration-texts.ts';
import { loadKernels } from '../../src/kernels/index.ts';
import { openModel, openModelTokenizer } from '../../src/loaders/open-model.ts';
import { loadRegistry } from '../../src/loaders/registry.ts';
import { resolveModel } from '../../src/loaders/resolve.ts';
import { modelFor } from '../../src/models/index.ts';
import type { Model, ReadTensor } from '../../src/models/model.ts';
import type { Query } from '../../src/models/query.ts';
import { plannedWeights } from '../../src/models/weights.ts';
import { marginsOf } from '../../src/plaintext/margins.ts';
import { boundsOf, entryBounds, measure, watchEntries } from '../../src/plaintext/ranges.ts';
import type { ModelRing } from '../../src/rings/schema.ts';

const kernels = loadKernels();

type Change = (name: string, data: Float32Array) => Float32Array;

/** Measures a checkpoint, as it is or with changed weights. */
async function measured(name: string, queries: (model: Model) => Promise<readonly Query[]> | Query[], change?: Change) {
  const resolved = await resolveModel(name);
  const checkpoint = await openModel(resolved, kernels);
  const read: ReadTensor = async (tensor, shape) => {
    const { data } = await checkpoint.read(tensor, shape);
    return { shape, data: change ? change(tensor, data) : data };
  };
  try {
    const model = modelFor(checkpoint.config);
    const weights = plannedWeights(model.plan(checkpoint.names), read);
    const { ring } = resolved;
    const all = await measure({ model, ring, kernels, weights, queries: await queries(model) });
    return { model, ring, all, margins: marginsOf(all, await boundsOf(model, ring, false)) };
  } finally {
    await checkpoint.close();
  }
}

const FILMS = ['a warm , funny and quietly moving film .', 'dull .', 'not without its charms , but far too long'];
const PLAY = [
  'ROMEO:\nBut, soft! what light through yonder window breaks?\nIt is the east, and Juliet is the sun.',
  'First Citizen:\nBefore we proceed any further, hear me speak.\n\nAll:\nSpeak, speak.',
];

describe('bundled models have room on texts of their kind', () => {
  test.each([
    ['bert-tiny-sst2', FILMS, 40],
    ['gpt2-tiny-shakespeare', PLAY, 58],
    ['llama-tiny-shakespeare', PLAY, 74],
  ])('%s', async (name, texts, places) => {
    const tokenizer = await openModelTokenizer(await resolveModel(name));
    const { margins } = await measured(
      name,
      (model) =>
        cutQueries(
          model,
          tokenizer,
          texts.map((text) => ({ text })),
        ).queries,
    );
    expect(margins.length).toBe(places);
    expect(margins.filter(({ holds, room }) => !holds || room < 2)).toEqual([]);
  });
});

const IDS: Query[] = [{ ids: [7, 1, 4, 11, 12], types: [0, 0, 0, 0, 0] }];
const golden = (name: string) => join('test/golden/models', name);
const broken = ({ margins }: Awaited<ReturnType<typeof measured>>) =>
  margins.filter(({ holds }) => !holds).map(({ site }) => site);

describe('weights that break a bound are found by the place', () => {
  const times =
    (which: RegExp, factor: number): Change =>
    (name, data) =>
      which.test(name) ? data.map((x) => x * factor) : data;
  test.each([
    ['bf16-three-labels', /layer\.0\.intermediate\.dense/, 'layer.0.up activation input'],
    ['gpt2-tied', /h\.0\.mlp\.c_fc/, 'layer.0.up activation input'],
    ['llama-grouped', /layers\.1\.mlp\.gate_proj/, 'layer.1.gate activation input'],
    ['llama-grouped', /layers\.0\.self_attn\.v_proj/, 'layer.0.value values'],
    ['gpt2-tied', /h\.1\.mlp\.c_proj/, 'layer.1.down output'],
    ['llama-grouped', /layers\.1\.self_attn\.q_proj/, 'layer.1.query output'],
  ])('%s: %s', async (name, which, site) => {
    expect(broken(await measured(golden(name), () => IDS))).toEqual([]);
    expect(broken(await measured(golden(name), () => IDS, times(which, 5000)))).toContain(site);
  });
});

describe('rings', () => {
  test('bounds follow the linear ring; what is bound by other rings stays', async () => {
    const { model, ring } = await measured(golden('llama-grouped'), () => IDS);
    const most = async (change: Partial<ModelRing['linear']>) => {
      const sites = await boundsOf(model, { ...ring, linear: { ...ring.linear, ...change } }, false);
      return Object.fromEntries(sites.map(({ site, bound }) => [site, bound.most]));
    };
    const [fine, small] = [await most({}), await most({ bits: 36, input: 12, weight: 13 })];
    const rows = ['layer.0.query output', 'layer.1 residual', 'layer.0.gate activation input'];
    expect(rows.map((site) => [fine[site], small[site]])).toEqual([
      [2 ** 13, 2 ** 9],
      [2 ** 44, 2 ** 44],
      [1012.984375, 1012.984375],
    ]);
  });

  test('which rings hold a place', async () => {
    const of = async (name: string, ...sites: string[]) => {
      const { model, ring } = await measured(golden(name), () => IDS);
      const all = await boundsOf(model, ring, false);
      return sites.map((site) => all.find((one) => one.site === site)!.rings);
    };
    expect(
      await of('llama-grouped', 'embeddings.table rows', 'layer.1.down output', 'layer.1 residual', 'head shown'),
    ).toEqual([['embeddings.table'], ['layer.1.down'], [], undefined]);
    expect(
      await of('bf16-three-labels', 'embeddings residual', 'layer.0.norm2 residual', 'layer.0.norm2 gain'),
    ).toEqual([['embeddings.table', 'embeddings.position'], ['layer.0.down', 'layer.0.norm1'], ['layer.0.norm2']]);
  });

  test('room is in bits of values: a mean square has half of its own', () => {
    const site = (kind: 'norm' | 'residual') => ({ site: kind, kind, place: 'layer.0', bound: { most: 16 } });
    const measured = ['norm', 'residual'].map((site) => ({ site, range: { most: 1 } }));
    const rooms = marginsOf(measured, [site('norm'), site('residual')]).map(({ site, room }) => [site, room]);
    expect(rooms).toEqual([
      ['norm', 2],
      ['residual', 4],
    ]);
  });
});

test('entries of tensors, each read once', async () => {
  const model = modelFor((await resolveModel('llama-tiny-shakespeare')).entry!.config);
  const weights = {
    has: () => true,
    get: (name: string) => ({ shape: [2], data: Float32Array.of(name.length, -100) }),
  };
  const watched = watchEntries(weights);
  expect(watched.measured()).toEqual([]);
  for (const name of ['embeddings.table', 'head.weight', 'head.weight']) await watched.weights.get(name);
  expect(watched.measured()).toEqual([
    { site: 'embeddings.table entries', range: { most: 100 } },
    { site: 'head.weight entries', range: { most: 100 } },
  ]);
  const bounds = entryBounds(model, loadRegistry().defaults.ring);
  expect(bounds.length).toBe(model.plan().length);
  const holds = marginsOf(watched.measured(), bounds).map(({ place, bound }) => [place, bound.most]);
  expect(Object.fromEntries(holds)).toEqual({ 'embeddings.table': 2 ** 12, 'head.weight': 2 ** 32 });
});

describe('texts', () => {
  test('too long: cut, with the token that ends them', async () => {
    const resolved = await resolveModel('bert-tiny-sst2');
    const tokenizer = await openModelTokenizer(resolved);
    const model = modelFor(resolved.entry!.config);
    const long = { text: 'film '.repeat(200) };
    const whole = tokenizer.encode(long.text).ids;
    const { queries, cut } = cutQueries(model, tokenizer, [long, { text: 'film' }]);
    expect(cut).toBe(1);
    expect(queries[0]!.ids).toEqual([...whole.slice(0, 127), whole.at(-1)]);
    expect(queries[1]!.ids.length).toBe(3);
    const padded = cutQueries(model, tokenizer, [long, { text: 'film' }], 5).queries;
    expect(padded.map(({ ids, mask }) => [ids.length, mask])).toEqual([
      [5, [1, 1, 1, 1, 1]],
      [5, [1, 1, 1, 0, 0]],
    ]);
  });

  test('windows cover the text', async () => {
    const tokenizer = await openModelTokenizer(await resolveModel('gpt2-tiny-shakespeare'));
    const { ids } = tokenizer.encode(PLAY[0]!);
    const windows = windowQueries(tokenizer, PLAY[0]!, 7);
    expect(windows.flatMap((query) => query.ids)).toEqual(ids);
    expect(windows.slice(0, -1).every((query) => query.ids.length === 7)).toBe(true);
  });
});
