/** Checkpoints with large or tiny numbers, as people bring them: right with the rings that their weights ask for. Three processes each. */
import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { type Crafted, writeCrafted } from '../models/crafted.ts';
import { world } from './world.ts';

const { at, call } = world();

type Case = Omit<Crafted, 'kind'>;

const times = (tensor: RegExp, factor: number): Crafted['changes'][number] => [tensor, (x) => x * factor];
const shifted = (tensor: RegExp, by: number): Crafted['changes'][number] => [
  tensor,
  (x, i) => (i % 5 === 2 ? x + by : x),
];

const CASES: Case[] = [
  {
    name: 'a down projection of 2^17',
    from: 'llama-mlp-bias',
    changes: [shifted(/layers\.0\.mlp\.down_proj\.bias/, 2 ** 17)],
  },
  { name: 'key biases of 100', from: 'qwen2', changes: [shifted(/self_attn\.k_proj\.bias/, 100)] },
  {
    name: 'values of 2^12',
    from: 'llama-attention-bias',
    changes: [shifted(/layers\.1\.self_attn\.v_proj\.bias/, 2 ** 12)],
  },
  {
    name: 'gates of 2^11 and products of 2^16',
    from: 'llama-mlp-bias',
    changes: [shifted(/layers\.0\.mlp\.gate_proj\.bias/, 2 ** 11), shifted(/layers\.0\.mlp\.up_proj\.bias/, 2 ** 5)],
  },
  {
    name: 'embeddings of a root mean square of 2^-11',
    from: 'llama-grouped',
    changes: [times(/embed_tokens/, 2 ** -6)],
  },
  { name: 'embeddings of 2^14', from: 'llama-grouped', changes: [times(/embed_tokens/, 2 ** 18)] },
  { name: 'inputs of GeLU of 2^12', from: 'gpt2-gelu', changes: [shifted(/h\.0\.mlp\.c_fc\.bias/, 2 ** 12)] },
  { name: 'gains of 2^7', from: 'roberta-bare', changes: [times(/layer\.0\.output\.LayerNorm\.weight/, 2 ** 7)] },
];

describe.each(CASES)('$name', (crafted) => {
  test('as in the clear', async () => {
    const folder = crafted.name.replaceAll(/\W+/g, '-');
    await writeCrafted({ ...crafted, kind: '' }, at(folder));
    const { stdout, stderr, exitCode } = await call(
      'compare-plaintext',
      '--model',
      folder,
      '--input-ids',
      '5,7,11,4,9,3',
      '--json',
    );
    expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 });
    expect(JSON.parse(stdout).difference.logitsMax).toBeLessThan(0.02);
  });
});

test('the manifest says what single places have; a table of small numbers has more digits', async () => {
  const folder = 'small';
  await writeCrafted(
    { name: '', kind: '', from: 'llama-grouped', changes: [times(/embed_tokens/, 2 ** -8)] },
    at(folder),
  );
  await call('share-weights', '--model', folder, '--out', 'shares');
  const { ring, tensors } = JSON.parse(await readFile(at('shares', 'party1', 'manifest.json'), 'utf8'));
  expect(ring.residual.frac).toBeGreaterThan(18);
  expect(ring.table.frac).toBe(ring.residual.frac);
  expect(tensors[0]).toMatchObject({ name: 'embeddings.table', frac: ring.table.frac });
  expect(ring.unproved).toEqual([]);
});
