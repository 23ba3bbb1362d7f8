import { createHash } from 'node:crypto';
import { cp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { projectRoot } from '../../src/files/root.ts';
import { checkpointDigest } from '../../src/loaders/digest.ts';
import { flip, refusal, scratch } from '../shares/helpers.ts';

const path = scratch();
const golden = (name: string) => join(projectRoot(), 'test/golden/models', name);

beforeEach(async () => {
  for (const [name, folder] of [
    ['llama-tied', 'one'],
    ['llama-sharded', 'many'],
  ] as const) {
    await rm(path(folder), { recursive: true, force: true });
    await cp(golden(name), path(folder), { recursive: true });
  }
});

test('a digest of a configuration and the bytes of a file', async () => {
  const weights = await readFile(path('one', 'model.safetensors'));
  await writeFile(path('one', 'config.json'), '{"b": 1, "a": {"d": 2, "c": [3]}}');
  const text = `{"a":{"c":[3],"d":2},"b":1}\nmodel.safetensors ${weights.length}\n`;
  const want = createHash('sha256').update(text).update(weights).digest('hex');
  expect(await checkpointDigest(path('one'))).toBe(want);
});

describe('what changes it', () => {
  const INDEX = 'model.safetensors.index.json';
  test.each<[what: string, folder: string, same: boolean, change: () => Promise<unknown>]>([
    ['a bit of the weights', 'one', false, () => flip(path('one', 'model.safetensors'), -1)],
    ['a bit of the header', 'one', false, () => flip(path('one', 'model.safetensors'), 40)],
    ['a key of the configuration', 'one', false, () => edit('one', (config) => ({ ...config, rms_norm_eps: 1e-3 }))],
    ['the order of its keys', 'one', true, () => edit('one', reversed)],
    ['another file beside them', 'one', true, () => writeFile(path('one', 'calibration.json'), '{}')],
    [
      'the name of the folder',
      'one',
      true,
      () => rename(path('one'), path('another')).then(() => rename(path('another'), path('one'))),
    ],
    ['a bit of the last shard', 'many', false, async () => flip(path('many', (await shards()).at(-1)!), -1)],
    ['the index', 'many', false, () => writeFile(path('many', INDEX), `${'\n'}`, { flag: 'a' })],
    ['a file that the index does not name', 'many', true, () => writeFile(path('many', 'extra.safetensors'), 'x')],
  ])('%s', async (_, folder, same, change) => {
    const before = await checkpointDigest(path(folder));
    expect(before).toMatch(/^[0-9a-f]{64}$/);
    await change();
    expect((await checkpointDigest(path(folder))) === before).toBe(same);
  });

  const reversed = (config: object) => Object.fromEntries(Object.entries(config).reverse());

  async function edit(folder: string, change: (config: object) => object) {
    const config = JSON.parse(await readFile(path(folder, 'config.json'), 'utf8'));
    await writeFile(path(folder, 'config.json'), JSON.stringify(change(config)));
  }

  async function shards(): Promise<string[]> {
    const index = JSON.parse(await readFile(path('many', INDEX), 'utf8'));
    return [...new Set(Object.values<string>(index.weight_map))].sort();
  }
});

test('is told how far it is, and can be stopped', async () => {
  const heard: [number, number][] = [];
  await checkpointDigest(path('many'), { onProgress: (bytes, total) => heard.push([bytes, total]) });
  expect(heard.length).toBeGreaterThan(1);
  expect(heard.at(-1)![0]).toBe(heard[0]![1]);
  const stopped = checkpointDigest(path('one'), { signal: AbortSignal.abort(new Error('enough')) });
  await expect(stopped).rejects.toThrow('enough');
});

test('no weights', async () => {
  await rm(path('one', 'model.safetensors'));
  expect(await refusal(checkpointDigest(path('one')))).toBe(
    `E_CHECKPOINT ${path('one', 'model.safetensors')} does not exist, and a plan is for its weights`,
  );
});
