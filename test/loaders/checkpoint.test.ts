import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openCheckpoint } from '../../src/loaders/checkpoint.ts';
import { createSafetensors } from '../../src/shares/safetensors-writer.ts';
import { refusal, scratch } from '../shares/helpers.ts';

const path = scratch();

async function folder(name: string, files: Record<string, string>): Promise<string> {
  await mkdir(path(name), { recursive: true });
  for (const [file, text] of Object.entries(files)) await writeFile(path(name, file), text);
  return path(name);
}

test('config and tensors of a checkpoint', async () => {
  const at = await folder('good', { 'config.json': '{"model_type":"bert","hidden_size":2}' });
  const file = await createSafetensors(join(at, 'model.safetensors'), [{ name: 'w', dtype: 'F32', shape: [2] }]);
  await file.append('w', new Uint8Array(Float32Array.of(1, 2).buffer));
  await file.finish();
  const checkpoint = await openCheckpoint(at);
  expect(checkpoint.config).toEqual({ model_type: 'bert', hidden_size: 2 });
  expect([...checkpoint.names]).toEqual(['w']);
  expect(await checkpoint.read('w', [2])).toEqual({ shape: [2], data: Float32Array.of(1, 2) });
  expect(await refusal(checkpoint.read('w', [1, 2]))).toBe('E_SHAPE w is [2]; bert expects [1, 2]');
  await checkpoint.close();
});

const config = '{"model_type":"bert"}';

const REFUSED: [what: string, files: Record<string, string>, message: (at: string) => string][] = [
  ['no config', {}, (at) => `E_CHECKPOINT ${at}/config.json does not exist`],
  ['no JSON', { 'config.json': '{"a":' }, (at) => `E_CHECKPOINT ${at}/config.json is not JSON: `],
  ['no object', { 'config.json': '[1]' }, (at) => `E_CHECKPOINT ${at}/config.json does not hold a JSON object`],
  ['no weights', { 'config.json': config }, (at) => `E_CHECKPOINT ${at}/model.safetensors does not exist`],
  [
    'a pickle',
    { 'config.json': config, 'pytorch_model.bin': '' },
    (at) => `E_CHECKPOINT ${at}/model.safetensors does not exist; pytorch_model.bin is a pickle and is never opened`,
  ],
  [
    'a pickle in shards',
    { 'config.json': config, 'pytorch_model.bin.index.json': '{}' },
    (at) =>
      `E_CHECKPOINT ${at}/model.safetensors does not exist; pytorch_model.bin.index.json is a pickle and is never opened`,
  ],
];

test.each(REFUSED)('refused: %s', async (what, files, message) => {
  const at = await folder(what, files);
  expect((await refusal(openCheckpoint(at))).startsWith(message(at))).toBe(true);
});

test.each([
  [{ architectures: ['BertForSequenceClassification'] }, 'BertForSequenceClassification'],
  [{ architectures: ['os; import x'] }, 'AutoModel'],
  [{}, 'AutoModel'],
])('the remedy for a pickle of %j is one command, which keeps its head', async (config, name) => {
  const at = await folder(`pickle ${name} ${Object.keys(config)}`, {
    'config.json': JSON.stringify(config),
    'pytorch_model.bin': '',
  });
  const command = `python -c "from transformers import ${name} as M; f = '${at}'; M.from_pretrained(f).save_pretrained(f)"`;
  await expect(openCheckpoint(at)).rejects.toMatchObject({ hint: `Convert it to safetensors: ${command}` });
});

test('what nobody reads may be of any dtype, and metadata may be null', async () => {
  const at = await folder('dtypes', { 'config.json': config });
  const header = JSON.stringify({
    __metadata__: null,
    packed: { dtype: 'F4', shape: [6], data_offsets: [0, 3] },
    w: { dtype: 'F32', shape: [1], data_offsets: [3, 7] },
  });
  const length = new Uint8Array(8);
  new DataView(length.buffer).setBigUint64(0, BigInt(header.length), true);
  await writeFile(
    join(at, 'model.safetensors'),
    Buffer.concat([length, Buffer.from(header), Buffer.from([1, 2, 3, 0, 0, 0, 64])]),
  );
  const checkpoint = await openCheckpoint(at);
  expect(await checkpoint.read('w', [1])).toEqual({ shape: [1], data: Float32Array.of(2) });
  expect(await refusal(checkpoint.read('packed', [6]))).toBe(
    `E_SAFETENSORS ${at}/model.safetensors: tensor "packed" is F4; weights are read from F64, F32, F16 or BF16`,
  );
  await checkpoint.close();
});

test('a folder that is not there', async () => {
  expect(await refusal(openCheckpoint(path('nowhere')))).toBe(`E_MISSING ${path('nowhere')} does not exist`);
});
