/** A model in the clear, watched: the same floats, and sites in the order of the model. */
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadKernels } from '../../src/kernels/index.ts';
import { openModel } from '../../src/loaders/open-model.ts';
import { resolveModel } from '../../src/loaders/resolve.ts';
import { modelFor } from '../../src/models/index.ts';
import type { Query } from '../../src/models/query.ts';
import { plannedWeights } from '../../src/models/weights.ts';
import { Sites } from '../../src/ops/sites.ts';
import { inferPlain } from '../../src/plaintext/plain.ts';
import { measuredAt } from '../../src/plaintext/ranges.ts';
import { tapNames } from '../../src/plaintext/taps.ts';
import { inferWatched, placedMargins } from '../../src/plaintext/watched.ts';

const kernels = loadKernels();
const IDS: Query = { ids: [7, 1, 4, 11, 12], types: [0, 0, 0, 0, 0] };
const PADDED: Query = { ...IDS, mask: [1, 1, 1, 0, 0] };

const MODELS: [name: string, query: Query][] = [
  ['bf16-three-labels', IDS],
  ['roberta-bare', PADDED],
  ['gpt2-tied', { ...IDS, reveal: 'logits' }],
  ['gpt2-tied', { ...IDS, reveal: 'every' }],
  ['llama-grouped', { ...PADDED, reveal: 'logits' }],
];

async function opened(name: string) {
  const { ring, ...resolved } = await resolveModel(join('test/golden/models', name));
  const checkpoint = await openModel({ ...resolved, ring }, kernels);
  const model = modelFor(checkpoint.config);
  const weights = plannedWeights(model.plan(checkpoint.names), checkpoint.read);
  return { ring, options: { kernels, model, weights }, close: () => checkpoint.close() };
}

describe.each(MODELS)('%s %j', (name, query) => {
  test('answers as inferPlain() does, number by number', async () => {
    const { ring, options, close } = await opened(name);
    const seen: string[] = [];
    const onProgress = (name: string) => void seen.push(name);
    const plain = await inferPlain(options, query);
    expect(await inferWatched({ ...options, ring, sites: new Sites(), onProgress }, query)).toEqual(plain);
    expect(seen).toEqual([...plain.layers.keys()]);
    await close();
  });

  test('every site belongs to the value that is tapped next', async () => {
    const { ring, options, close } = await opened(name);
    const sites = new Sites();
    await inferWatched({ ...options, ring, sites }, query);
    const margins = await placedMargins(options.model, ring, measuredAt(sites), query.mask !== undefined);
    const layers = await tapNames(options.model);
    const found = [...new Set(margins.map(({ layer }) => layer))];
    expect(found).toEqual(layers.filter((name) => name !== 'embeddings' || found[0] === name)); // not every model has a site there
    for (const { site, layer } of margins) {
      const own = /^layer\.(\d+)/.exec(site);
      if (!own) continue;
      // The input of a layer's norm is named after what made it, in the layer before
      const next = layers[layers.indexOf(own[0]) + 1];
      expect([own[0], next], site).toContain(layer);
    }
    await close();
  });
});

test('the last token alone, unless every one is shown', async () => {
  const { ring, options, close } = await opened('gpt2-tied');
  const reach = async (reveal: 'logits' | 'every') => {
    const sites = new Sites();
    await inferWatched({ ...options, ring, sites }, { ...IDS, reveal });
    return sites.list().find(({ site }) => site === 'head shown')!.range!.most;
  };
  expect(await reach('logits')).toBeLessThan(await reach('every'));
  await close();
});
