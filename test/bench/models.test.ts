/** What is decided before anything runs, and what comes of runs with fewer layers. */
import { describe, expect, test } from 'vitest';
import { benchModel } from '../../src/bench/models.ts';
import { needOf } from '../../src/bench/room.ts';
import { cost } from '../../src/cost/cost.ts';
import { loadKernels } from '../../src/kernels/index.ts';
import { loadRegistry } from '../../src/loaders/registry.ts';
import { type ResolvedModel, resolveModel } from '../../src/loaders/resolve.ts';
import { modelFor } from '../../src/models/index.ts';
import { sample, thorough } from '../cases.ts';
import { SMALL } from '../commands/world.ts';
import { RING } from '../shares/helpers.ts';

const open = (name: string) => (layers?: number) => resolveModel(name, { layers });
const LLAMA = open('synthetic:llama-7b');
const CASES = [
  { tokens: 4, newTokens: 1 },
  { tokens: 8, newTokens: 2 },
];

const options = (gigabytes: number, more: { fit?: boolean; layers?: number } = {}) => ({
  kernels: loadKernels(),
  repeats: 1,
  signal: new AbortController().signal,
  progress: () => {
    throw new Error('something was run');
  },
  free: async () => ({ disk: gigabytes * 1e9, memory: 1e12 }),
  ...more,
});

describe('no room', () => {
  test.each([
    [{}, 20, 'needs 35 GB of disk, 20 GB are free'],
    [{ fit: true }, 1, 'needs 4.3 GB of disk, 1.0 GB are free (with 3 layers)'],
    [{ layers: 2 }, 1, 'needs 3.3 GB of disk, 1.0 GB are free (with 2 layers)'],
  ])('%j, %i GB: every case is skipped', async (more, gigabytes, skipped) => {
    const results = await benchModel(LLAMA, CASES, options(gigabytes, more));
    expect(results).toMatchObject(CASES.map((asked) => ({ name: 'llama-7b', ...asked, skipped })));
    expect(results.map(({ published }) => published[0]?.seconds)).toEqual([122.004, 364.527]);
  });

  test('a checkpoint cannot be cut to what fits', async () => {
    const tiny = open('bert-tiny-sst2');
    const results = await benchModel(tiny, [{ tokens: 8, newTokens: 0 }], options(0.001, { fit: true }));
    expect(results).toMatchObject([{ skipped: 'needs 0.0 GB of disk, 0.0 GB are free' }]);
  });
});

test('one layer makes no line', async () => {
  await expect(benchModel(LLAMA, CASES, options(1000, { layers: 1 }))).rejects.toMatchObject({
    code: 'E_OPTION',
    message: 'layers 1 leaves one run, and a line needs two',
  });
});

test('a checkpoint has the layers it has', async () => {
  const tiny = open('bert-tiny-sst2');
  await expect(benchModel(tiny, CASES, options(1000, { layers: 1 }))).rejects.toMatchObject({ code: 'E_OPTION' });
});

test('more layers than there are is all of them', async () => {
  const results = benchModel(LLAMA, CASES, options(20, { layers: 32 }));
  expect(await results).toMatchObject(CASES.map(() => ({ skipped: 'needs 35 GB of disk, 20 GB are free' })));
});

thorough('no room for all layers, but for three: two runs, and a line through both', async () => {
  const cut = (layers = 5): ResolvedModel & { synthetic: object } => ({
    name: 'synthetic:small',
    ring: RING,
    entry: loadRegistry().models.get('bert-base-uncased')!, // rings of the registry are taken as they are
    synthetic: { ...SMALL, model_type: 'bert', architectures: ['BertModel'], num_hidden_layers: layers },
  });
  const asked = { tokens: 8, newTokens: 0 };
  const cases = sample([asked], [asked, { tokens: 12, newTokens: 0 }]);
  const titles: string[] = [];
  const progress = (title: string) => {
    titles.push(title);
    return { to: () => {}, end: () => {} };
  };
  const need = async (layers: number) => needOf(modelFor(cut(layers).synthetic), RING, asked.tokens).disk;
  const between = ((await need(3)) + (await need(5))) / 2 / 1e9;
  const results = await benchModel(async (layers) => cut(layers), cases, {
    ...options(between, { fit: true }),
    progress,
  });
  const whole = await cost({ model: modelFor(cut().synthetic), ring: RING, tokens: asked.tokens });
  const { perParty: _, links: __, ...bytes } = whole.bytes;
  const common = { name: 'small', runs: 1, extrapolatedFromLayers: [1, 3], published: [] };
  expect(results).toMatchObject(cases.map((each) => ({ ...common, ...each })));
  expect(results[0]).toMatchObject({ bytes, rounds: whole.rounds });
  const runs = ['weights', ...cases.flatMap(() => ['warm-up', 'run 1 of 1'])].map((what) => `synthetic:small: ${what}`);
  expect(titles).toEqual([...runs, ...runs]);
});
