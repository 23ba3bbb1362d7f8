import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { sizeOf } from '../../src/files/io.ts';
import { projectRoot } from '../../src/files/root.ts';
import { loadRegistry } from '../../src/loaders/registry.ts';
import { modelFor } from '../../src/models/index.ts';
import { linearRing } from '../../src/rings/linear-ring.ts';
import { storedRing } from '../../src/rings/model-ring.ts';
import { RING, refusal, scratch } from '../shares/helpers.ts';

const path = scratch();

const ring = RING;
const config = {
  architectures: ['BertModel'],
  model_type: 'bert',
  vocab_size: 30522,
  hidden_size: 768,
  num_hidden_layers: 12,
  num_attention_heads: 12,
  intermediate_size: 3072,
  max_position_embeddings: 512,
};
const model = { source: { huggingface: 'a/b' }, task: 'embed', config };

/** [name, family, task, layers, hidden, heads, intermediate, vocabulary, tokens, millions of parameters as published] */
type Row = [string, string, string, number, number, number, number, number, number, number];

const MODELS: Row[] = [
  ['bert-tiny-sst2', 'bert', 'classify', 2, 128, 2, 512, 8000, 128, 1.454],
  ['gpt2-tiny-shakespeare', 'gpt2', 'generate', 4, 128, 4, 512, 1024, 256, 0.957],
  ['llama-tiny-shakespeare', 'llama', 'generate', 4, 128, 4, 384, 1024, 256, 0.919],
  ['bert-base-uncased', 'bert', 'embed', 12, 768, 12, 3072, 30522, 512, 109.482],
  ['bert-large-uncased', 'bert', 'embed', 24, 1024, 16, 4096, 30522, 512, 335.142],
  ['roberta-base', 'roberta', 'embed', 12, 768, 12, 3072, 50265, 512, 124.646],
  ['gpt2', 'gpt2', 'generate', 12, 768, 12, 3072, 50257, 1024, 124.44],
  ['gpt2-medium', 'gpt2', 'generate', 24, 1024, 16, 4096, 50257, 1024, 354.823],
  ['gpt2-large', 'gpt2', 'generate', 36, 1280, 20, 5120, 50257, 1024, 774.03],
  ['gpt2-xl', 'gpt2', 'generate', 48, 1600, 25, 6400, 50257, 1024, 1557.611],
  ['llama-7b', 'llama', 'generate', 32, 4096, 32, 11008, 32000, 2048, 6738.416],
  ['llama-2-7b', 'llama', 'generate', 32, 4096, 32, 11008, 32000, 4096, 6738.416],
  ['llama-3-8b', 'llama', 'generate', 32, 4096, 32, 14336, 128256, 8192, 8030.261],
  ['tinyllama', 'llama', 'generate', 22, 2048, 32, 5632, 32000, 2048, 1100.048],
];

test('the registry of this project', () => {
  const { defaults, models } = loadRegistry();
  expect(defaults.ring).toMatchObject({ bits: 64, fractionBits: 18 });
  expect([...models.keys()]).toEqual(MODELS.map(([name]) => name));
});

test.each(MODELS)('%s', (name, architecture, task, ...numbers) => {
  const { models, defaults } = loadRegistry();
  const found = models.get(name)!;
  const { layers, hidden, heads, intermediate, vocabulary } = found.sizes;
  expect([found.architecture, found.task]).toEqual([architecture, task]);
  expect([layers, hidden, heads, intermediate, vocabulary, found.maxTokens]).toEqual(numbers.slice(0, 6));
  const large = architecture === 'llama' && 'huggingface' in found.source;
  const { integers } = defaults.ring;
  // Small rings where weights are many; outliers of LLaMA's residual stream are made by its products (ops/secure-rings.ts)
  const own = large
    ? {
        linear: { bits: 40, input: 12, weight: 13, results: 14 },
        integers: { ...integers, scores: 14, activation: 12, product: 20 },
        sites: { down: { bits: 47, results: 20 } },
      }
    : { integers: { ...integers, scores: 11 } };
  expect(found.ring).toEqual({ ...defaults.ring, ...own });

  const program = modelFor(found.config);
  expect([program.head.name, program.maxTokens, program.vocabularySize]).toEqual([task, found.maxTokens, vocabulary]);
  const planned = program.plan().reduce((sum, { shape }) => sum + sizeOf(shape), 0) / 1e6;
  const tied = found.config.tie_word_embeddings ?? architecture === 'gpt2';
  const head = tied ? (vocabulary * hidden) / 1e6 : 0; // the embedding once more
  expect(planned / (numbers[6]! + head)).toBeCloseTo(1, 2); // gains are folded into other weights
});

test('bundled models have the config.json that the registry says', async () => {
  for (const { source, config } of loadRegistry().models.values()) {
    if (!('bundled' in source)) continue;
    const file = JSON.parse(await readFile(join(projectRoot(), source.bundled, 'config.json'), 'utf8'));
    expect(file).toMatchObject(config);
  }
});

test('a model may change a part of the ring', async () => {
  const registry = {
    defaults: { ring },
    models: { small: { ...model, ring: { linear: { bits: 40, input: 12, weight: 13 } } } },
  };
  await writeFile(path('small.json'), JSON.stringify(registry));
  const small = loadRegistry(path('small.json')).models.get('small')!.ring;
  expect(small).toEqual({ ...ring, linear: { bits: 40, input: 12, weight: 13, results: 14 } });
  expect(storedRing({ name: 'layer.3.down.weight', kind: 'matrix' }, small)).toEqual({ bits: 40, frac: 13 });
  expect(storedRing({ name: 'embeddings.table', kind: 'table' }, small)).toEqual({ bits: 32, frac: 18 });
  expect(storedRing({ name: 'layer.3.down.bias', kind: 'vector' }, small)).toEqual({ bits: 48, frac: 18 });
});

test('what a model does not name stays as the defaults have it', async () => {
  const other = {
    ...{ ...ring, linear: { ...ring.linear, results: 17 }, residual: { frac: 6 }, table: { bits: 40, frac: 20 } },
    ...{ integers: { scores: 12, values: 13 }, sites: { head: { results: 9 } } },
  };
  const models = { m: { ...model, ring: { linear: { bits: 60 }, integers: { scores: 14 } } }, same: model };
  await writeFile(path('other.json'), JSON.stringify({ defaults: { ring: other }, models }));
  const found = loadRegistry(path('other.json'));
  const integers = { ...ring.integers, scores: 12, values: 13 };
  expect(found.defaults.ring).toEqual({ ...other, integers });
  expect(found.models.get('same')!.ring).toEqual({ ...other, integers });
  expect(found.models.get('m')!.ring).toEqual({
    ...{ ...other, linear: { ...other.linear, bits: 60 }, integers: { ...integers, scores: 14 } },
  });
});

test('what a registry leaves out', async () => {
  const written = { bits: 64, fractionBits: 18, linear: { bits: 52, input: 18, weight: 18 }, table: { bits: 32 } };
  await writeFile(
    path('least.json'),
    JSON.stringify({ defaults: { ring: { ...written, vector: { bits: 48 } } }, models: {} }),
  );
  expect(loadRegistry(path('least.json')).defaults.ring).toEqual({
    ...ring,
    linear: { bits: 52, input: 18, weight: 18, results: 14 },
  });
});

test('a place may have a linear layer’s ring of its own, whose weights are stored in it', () => {
  const own = {
    ...ring,
    sites: { down: { bits: 47, weight: 12 }, 'layer.3.down': { bits: 50 }, head: { results: 9 } },
  };
  const stored = (name: string) => storedRing({ name: `${name}.weight`, kind: 'matrix' }, own);
  expect(stored('layer.0.down')).toEqual({ bits: 47, frac: 12 });
  expect(stored('layer.3.down')).toEqual({ bits: 50, frac: 12 });
  expect([stored('layer.3.up'), stored('head')]).toEqual(Array(2).fill({ bits: 64, frac: 18 }));
});

const withRing = (change: object) => ({ defaults: { ring }, models: { m: { ...model, ring: change } } });

const withConfig = (change: object) => ({
  defaults: { ring },
  models: { m: { ...model, config: { ...config, ...change } } },
});

const REFUSED: [what: string, registry: unknown, message: string][] = [
  ['no JSON', '{', 'not JSON: '],
  ['no defaults', { models: {} }, 'defaults: Invalid input: expected object, received undefined'],
  ['unknown field', { defaults: { ring }, models: { m: { ...model, size: 1 } } }, 'models.m: Unrecognized key: "size"'],
  ['unknown task', { defaults: { ring }, models: { m: { ...model, task: 'x' } } }, 'models.m.task: Invalid option'],
  ['unknown architecture', withConfig({ model_type: 'x' }), 'models.m.config.model_type: Invalid'],
  [
    'zero layers',
    withConfig({ num_hidden_layers: 0 }),
    'model m: config.json: num_hidden_layers is 0, expected a positive integer',
  ],
  ['no width', withConfig({ hidden_size: undefined }), 'model m: config.json: hidden_size is missing'],
  ['too many bits', withRing({ bits: 65 }), 'models.m.ring.bits: Too big'],
  ['no room for a product', withRing({ bits: 37 }), 'model m: a product of two values does not fit in ring.bits'],
  ['no room in linear', withRing({ linear: { bits: 37 } }), 'model m: a product does not fit in ring.linear.bits'],
  [
    'no room in table',
    withRing({ table: { bits: 20 } }),
    'model m: ring.table.bits needs 4 bits more than ring.table.frac',
  ],
  [
    'no room in vector',
    withRing({ vector: { bits: 20 } }),
    'model m: ring.vector.bits needs 4 bits more than ring.fractionBits',
  ],
  ['scores of too few bits', withRing({ integers: { scores: 7 } }), 'models.m.ring.integers.scores: Too small'],
  ['unknown kind of value', withRing({ integers: { x: 7 } }), 'models.m.ring.integers: Unrecognized key: "x"'],
  [
    'too few bits at a place',
    withRing({ sites: { 'gate.activation': { integers: 6 } } }),
    'model m: ring.sites.gate.activation.integers: Too small: expected number to be >=7',
  ],
  [
    'too many bits at a place',
    withRing({ sites: { 'layer.3.attention.scores': { integers: 25 } } }),
    'model m: ring.sites.layer.3.attention.scores.integers: Too big: expected number to be <=24',
  ],
  ['no name of a place', withRing({ sites: { 'a b': {} } }), 'models.m.ring.sites.a b: Invalid key in record'],
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

test('a ring for linear layers from a command line', () => {
  const { ring } = loadRegistry().defaults;
  expect(linearRing('40,12,13', ring)).toEqual({ ...ring, linear: { bits: 40, input: 12, weight: 13, results: 14 } });
  expect(linearRing('64, 18, 18', ring).linear).toEqual({ bits: 64, input: 18, weight: 18, results: 14 });
});

const NO_LINEAR: [text: string, message: string][] = [
  ['', 'three whole numbers with commas are expected'],
  ['40,12', 'three whole numbers with commas are expected'],
  ['40,12,13,14', 'three whole numbers with commas are expected'],
  ['40,12,-13', 'three whole numbers with commas are expected'],
  ['65,12,13', 'linear.bits: Too big: expected number to be <=64'],
  ['40,0,13', 'linear.input: Too small: expected number to be >=1'],
  ['40,18,21', 'a product does not fit in ring.linear.bits'],
  ['60,19,13', 'ring.linear.input is more than ring.fractionBits'],
];

test.each(NO_LINEAR)('no ring for linear layers: %j', async (text, message) => {
  const found = await refusal(() => linearRing(text, loadRegistry().defaults.ring));
  expect(found).toBe(`E_RING ${JSON.stringify(text)} is no ring for linear layers: ${message}`);
});
