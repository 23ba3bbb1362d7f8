/** LoRA adapters beside the weights of their base model, against peft (scripts/golden/lora.py). */
import { readFileSync } from 'node:fs';
import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { projectRoot } from '../../src/files/root.ts';
import { openCheckpoint } from '../../src/loaders/checkpoint.ts';
import { checkpointDigest } from '../../src/loaders/digest.ts';
import { modelFor } from '../../src/models/index.ts';
import { distance, run } from '../models/run.ts';
import { scratch } from '../shares/helpers.ts';

const GOLDEN = join(projectRoot(), 'test/golden');
const { cases } = JSON.parse(readFileSync(join(GOLDEN, 'lora.json'), 'utf8')) as {
  cases: { model: string; input_ids: number[]; logits: number[] }[];
};
const path = scratch();

test.each(cases)('$model: logits of peft', async ({ model: name, input_ids: ids, logits }) => {
  const { config, names, read, close } = await openCheckpoint(join(GOLDEN, 'models', name));
  const { output } = await run(modelFor(config), names, read, { ids });
  await close();
  expect(distance(output, logits) / Math.max(1, ...logits.map(Math.abs))).toBeLessThan(2e-5);
});

const MERGE = 'Merge the adapter with peft';

test.each([
  [{ use_dora: true }, 'use_dora: DoRA is not supported'],
  [{ bias: 'all' }, 'bias: biases of an adapter are not supported'],
  [{ rank_pattern: { q_proj: 4 } }, 'rank_pattern: ranks by layer are not supported'],
  [{ alpha_pattern: { q_proj: 4 } }, 'alpha_pattern: factors by layer are not supported'],
  [{ init_lora_weights: 'pissa' }, 'init_lora_weights: other weights than those beside it'],
  [{ peft_type: 'IA3' }, 'peft_type: only LORA is supported'],
  [{ quirk: 1 }, 'quirk: it is not known'],
])('adapter_config.json with %j is refused', async (change, message) => {
  const folder = path('lora');
  await cp(join(GOLDEN, 'models/lora-gpt2'), folder, { recursive: true });
  const file = join(folder, 'adapter_config.json');
  await writeFile(file, JSON.stringify({ ...JSON.parse(await readFile(file, 'utf8')), ...change }));
  const opened = openCheckpoint(folder);
  await expect(opened).rejects.toMatchObject({ code: 'E_ADAPTER', hint: expect.stringContaining(MERGE) });
  await expect(opened).rejects.toThrow(`${file}: ${message}`);
});

test('an adapter without its base model, or without its weights, is refused', async () => {
  const folder = path('alone');
  await cp(join(GOLDEN, 'models/lora-gpt2'), folder, { recursive: true });
  await rm(join(folder, 'adapter_model.safetensors'));
  await expect(openCheckpoint(folder)).rejects.toThrow('adapter_model.safetensors does not exist');
  await rm(join(folder, 'config.json'));
  await expect(openCheckpoint(folder)).rejects.toThrow(`${folder} has a LoRA adapter alone`);
});

test('the digest of a checkpoint is that of its adapter too', async () => {
  const digests = await Promise.all(
    ['gpt2-tied', 'lora-gpt2'].map((name) => checkpointDigest(join(GOLDEN, 'models', name))),
  );
  expect(digests[0]).not.toBe(digests[1]);
});
