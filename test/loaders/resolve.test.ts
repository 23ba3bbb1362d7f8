import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadKernels } from '../../src/kernels/index.ts';
import { openModel, openModelTokenizer, readModelConfig } from '../../src/loaders/open-model.ts';
import { loadRegistry } from '../../src/loaders/registry.ts';
import { inCache, resolveModel } from '../../src/loaders/resolve.ts';
import { refusal, scratch } from '../shares/helpers.ts';

const path = scratch();
const registry = loadRegistry();
const revision = '0123456789abcdef0123456789abcdef01234567';

/** A Hugging Face cache as `hf download` leaves it. */
async function cached(hub: string, id: string, main = revision): Promise<string> {
  const repository = join(hub, `models--${id.replace('/', '--')}`);
  await mkdir(join(repository, 'snapshots', revision), { recursive: true });
  await mkdir(join(repository, 'refs'), { recursive: true });
  await writeFile(join(repository, 'refs', 'main'), main);
  return join(repository, 'snapshots', revision);
}

test('a bundled model by name, and by its folder', async () => {
  const root = path('root');
  const folder = join(root, 'models', 'bert-tiny-sst2');
  await mkdir(folder, { recursive: true });
  const entry = registry.models.get('bert-tiny-sst2')!;
  const found = { name: 'bert-tiny-sst2', folder, ring: entry.ring, entry };
  expect(await resolveModel('bert-tiny-sst2', { registry, root, env: {} })).toEqual(found);
  expect(await resolveModel(folder, { registry, root, env: {} })).toEqual(found);
  await symlink(folder, path('link'));
  expect(await resolveModel(path('link'), { registry, root, env: {} })).toEqual({ ...found, folder: path('link') });
});

test('a bundled model that was deleted', async () => {
  const root = path('bare');
  expect(await refusal(resolveModel('bert-tiny-sst2', { registry, root }))).toBe(
    `E_MODEL ${join(root, 'models', 'bert-tiny-sst2')} does not exist`,
  );
});

test('any folder', async () => {
  await mkdir(path('mine'));
  expect(await resolveModel(path('mine'), { registry, env: {} })).toEqual({
    name: 'mine',
    folder: path('mine'),
    ring: registry.defaults.ring,
  });
});

test('the Hugging Face cache, wherever it is', async () => {
  const places: [NodeJS.ProcessEnv, hub: string][] = [
    [{ HF_HUB_CACHE: path('a'), HF_HOME: path('x') }, path('a')],
    [{ HF_HOME: path('b'), XDG_CACHE_HOME: path('x') }, path('b', 'hub')],
    [{ XDG_CACHE_HOME: path('c') }, path('c', 'huggingface', 'hub')],
  ];
  for (const [env, hub] of places) {
    const folder = await cached(hub, 'google-bert/bert-base-uncased');
    const entry = registry.models.get('bert-base-uncased');
    expect(await resolveModel('bert-base-uncased', { registry, env })).toMatchObject({ folder, entry });
    expect(await inCache('google-bert/bert-base-uncased', env)).toBe(folder);
  }
});

test('a registered model under its short id, and a model that the registry does not know', async () => {
  const env = { HF_HOME: path('short') };
  const large = await cached(path('short', 'hub'), 'bert-large-uncased');
  expect((await resolveModel('bert-large-uncased', { registry, env })).folder).toBe(large);
  const other = await cached(path('short', 'hub'), 'prajjwal1/bert-tiny');
  expect(await resolveModel('prajjwal1/bert-tiny', { registry, env })).toEqual({
    name: 'prajjwal1/bert-tiny',
    folder: other,
    ring: registry.defaults.ring,
  });
});

test('an incomplete cache', async () => {
  const env = { HF_HOME: path('broken') };
  for (const main of ['fedcba9876543210fedcba9876543210fedcba98', '../../..', '']) {
    await cached(path('broken', 'hub'), 'a/b', main);
    expect(await refusal(resolveModel('a/b', { registry, env }))).toMatch(
      /^E_MODEL .*refs\/main names the revision ".*not in the cache$/,
    );
  }
});

test('what is nowhere', async () => {
  const options = { registry, env: { HF_HOME: path('empty') } };
  expect(await refusal(resolveModel('bert-base-uncased', options))).toBe(
    'E_MODEL bert-base-uncased is not on this disk',
  );
  await expect(resolveModel('bert-base-uncased', options)).rejects.toMatchObject({
    hint: expect.stringContaining("pull({ name: 'bert-base-uncased' })"),
  });
  for (const name of ['nothing', 'a/b/c', '/nowhere/..x', 'a--b', '']) {
    const message = `E_MODEL ${JSON.stringify(name)} is no folder, no known model and not in the Hugging Face cache`;
    expect(await refusal(resolveModel(name, options))).toBe(message);
  }
});

test('a synthetic model, with its layers or as many as are wanted', async () => {
  const entry = registry.models.get('gpt2')!;
  const found = { name: 'synthetic:gpt2', synthetic: entry.config, ring: entry.ring, entry };
  expect(await resolveModel('synthetic:gpt2', { registry })).toEqual(found);
  const cut = await resolveModel('synthetic:gpt2', { registry, layers: 2 });
  expect(cut).toEqual({ ...found, synthetic: { ...entry.config, n_layer: 2 } });
  const llama = await resolveModel('synthetic:llama-7b', { registry, layers: 100 });
  expect(llama.synthetic).toMatchObject({ hidden_size: 4096, num_hidden_layers: 100 });
  expect(llama.ring.linear).toEqual({ bits: 40, input: 12, weight: 13, results: 14 });
});

test('opening a synthetic model', async () => {
  const model = await resolveModel('synthetic:bert-base-uncased', { registry, layers: 1 });
  expect(await readModelConfig(model)).toMatchObject({ hidden_size: 768, num_hidden_layers: 1 });
  const open = await openModel(model, loadKernels());
  expect(open.config).toBe(model.synthetic);
  expect(open.names).toBeUndefined();
  expect((await open.read('bert.pooler.dense.bias', [768])).data).toHaveLength(768);
  await open.close();
  expect(await refusal(openModelTokenizer(model))).toBe(
    'E_TOKENIZER synthetic:bert-base-uncased is given a text, but synthetic models have no tokenizer',
  );
});

test('opening a checkpoint', async () => {
  const model = await resolveModel('bert-tiny-sst2', { registry });
  expect(await readModelConfig(model)).toMatchObject({ hidden_size: 128 });
  const open = await openModel(model, loadKernels());
  expect(open.names).toContain('bert.pooler.dense.bias');
  await open.close();
  expect((await openModelTokenizer(model)).vocabularySize).toBe(8000);
});

test('a synthetic model that cannot be', async () => {
  for (const name of ['synthetic:', 'synthetic:nothing', 'synthetic:a/b']) {
    const step = resolveModel(name, { registry });
    expect(await refusal(step)).toBe(`E_MODEL "${name}" does not name a model of the registry`);
    await expect(step).rejects.toMatchObject({
      hint: expect.stringMatching(/^Give synthetic:NAME with one of: bert-tiny-sst2, .*bert-base-uncased, .*tinyllama/),
    });
  }
  expect(await refusal(resolveModel('gpt2', { registry, layers: 2 }))).toBe(
    'E_MODEL gpt2 has layers of its own; only a synthetic model is made with 2',
  );
});
