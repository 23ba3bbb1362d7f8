import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadRegistry, projectRoot } from '../../src/loaders/registry.ts';
import { storedRing } from '../../src/loaders/rings.ts';
import { RING, refusal, scratch } from './helpers.ts';

const path = scratch();

const ring = RING;
const model = {
  architecture: 'bert',
  source: { huggingface: 'a/b' },
  task: 'embed',
  maxTokens: 512,
  sizes: { hidden: 768, layers: 12, heads: 12, intermediate: 3072, vocabulary: 30522 },
};

test('the registry of this project', () => {
  const { defaults, models } = loadRegistry();
  expect(defaults.ring).toMatchObject({ bits: 64, fractionBits: 18 });
  expect([...models.keys()]).toEqual(['bert-tiny-sst2', 'bert-base-uncased', 'bert-large-uncased']);
  expect(models.get('bert-base-uncased')).toMatchObject({ ...model, source: expect.anything(), ring: defaults.ring });
});

test('the sizes of bundled models are those of their config.json', async () => {
  for (const { source, sizes, maxTokens } of loadRegistry().models.values()) {
    if (!('bundled' in source)) continue;
    const config = JSON.parse(await readFile(join(projectRoot(), source.bundled, 'config.json'), 'utf8'));
    expect(sizes).toEqual({
      hidden: config.hidden_size,
      layers: config.num_hidden_layers,
      heads: config.num_attention_heads,
      intermediate: config.intermediate_size,
      vocabulary: config.vocab_size,
    });
    expect(maxTokens).toBe(config.max_position_embeddings);
  }
});

test('a model may change a part of the ring', async () => {
  const registry = {
    defaults: { ring },
    models: { small: { ...model, ring: { linear: { bits: 40, input: 12, weight: 13 } } } },
  };
  await writeFile(path('small.json'), JSON.stringify(registry));
  const small = loadRegistry(path('small.json')).models.get('small')!.ring;
  expect(small).toEqual({ ...ring, linear: { bits: 40, input: 12, weight: 13 } });
  expect(storedRing('matrix', small)).toEqual({ bits: 40, frac: 13 });
  expect(storedRing('table', small)).toEqual({ bits: 32, frac: 18 });
  expect(storedRing('vector', small)).toEqual({ bits: 48, frac: 18 });
});

const withRing = (change: object) => ({ defaults: { ring }, models: { m: { ...model, ring: change } } });

const REFUSED: [what: string, registry: unknown, message: string][] = [
  ['no JSON', '{', 'not JSON: '],
  ['no defaults', { models: {} }, 'defaults: Invalid input: expected object, received undefined'],
  [
    'unknown architecture',
    { defaults: { ring }, models: { m: { ...model, architecture: 'x' } } },
    'models.m.architecture: Invalid',
  ],
  ['unknown field', { defaults: { ring }, models: { m: { ...model, size: 1 } } }, 'models.m: Unrecognized key: "size"'],
  [
    'zero layers',
    { defaults: { ring }, models: { m: { ...model, sizes: { ...model.sizes, layers: 0 } } } },
    'models.m.sizes.layers: Too small',
  ],
  ['too many bits', withRing({ bits: 65 }), 'models.m.ring.bits: Too big'],
  ['no room for a product', withRing({ bits: 37 }), 'model m: a product of two values does not fit in ring.bits'],
  ['no room in linear', withRing({ linear: { bits: 37 } }), 'model m: a product does not fit in ring.linear.bits'],
  [
    'no room in table',
    withRing({ table: { bits: 20 } }),
    'model m: ring.table.bits and ring.vector.bits need 4 bits more',
  ],
];

test.each(REFUSED)('refused: %s', async (what, registry, message) => {
  const file = path(`${what}.json`);
  await writeFile(file, typeof registry === 'string' ? registry : JSON.stringify(registry));
  const found = await refusal(() => loadRegistry(file));
  expect(found.slice(0, `E_REGISTRY ${file}: ${message}`.length)).toBe(`E_REGISTRY ${file}: ${message}`);
});

test('a registry that is not there', async () => {
  expect(await refusal(() => loadRegistry(path('none.json')))).toBe(`E_MISSING ${path('none.json')} does not exist`);
});
