import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { loadKernels } from '../../src/kernels/index.ts';
import { openSynthetic } from '../../src/loaders/synthetic.ts';
import { modelFor } from '../../src/models/index.ts';
import { plannedWeights } from '../../src/models/weights.ts';
import { inferPlain } from '../../src/plaintext/plain.ts';

const engines = [loadKernels(), loadKernels({ engine: 'portable' })];
const read = async (name: string, shape: number[], config = {}, chunk?: number, kernels = engines[0]!) =>
  (await openSynthetic(config, { kernels, ...(chunk === undefined ? {} : { chunk }) }).read(name, shape)).data;

test('a tensor follows from its name: in any chunks, from any engine, in any order', () =>
  fc.assert(
    fc.asyncProperty(
      fc.string(),
      fc.integer({ min: 0, max: 500 }),
      fc.integer({ min: 1, max: 80 }),
      async (name, size, blocks) => {
        const whole = await read(name, [size]);
        expect(whole).toHaveLength(size);
        for (const kernels of engines) expect(await read(name, [size], {}, 8 * blocks, kernels)).toEqual(whole);
        const one = openSynthetic({}, { kernels: engines[0]! });
        await one.read(`${name}.other`, [size]);
        expect((await one.read(name, [size])).data).toEqual(whole);
      },
    ),
    { numRuns: 50 },
  ));

test('another name, another tensor', async () => {
  const names = ['a.weight', 'b.weight', 'h.1.mlp.c_fc.weight', 'h.2.mlp.c_fc.weight', 'h.12.mlp.c_fc.weight'];
  const tensors = await Promise.all(names.map((name) => read(name, [16, 16])));
  for (const [i, a] of tensors.entries()) {
    for (const b of tensors.slice(i + 1)) expect(Math.abs(correlation(a, b))).toBeLessThan(0.25); // 4 of its sigmas
  }
});

test('a tensor stays what it is, so that measurements can be repeated', async () => {
  const data = await read('h.0.mlp.c_fc.weight', [4, 2]);
  const pinned = [-0.377921, 0.048933, -0.212529, -0.159354, 0.48998, -0.343326, 0.320386, -0.037305];
  pinned.forEach((value, i) => {
    expect(data[i]).toBeCloseTo(value, 5);
  });
});

/** [name, shape, mean, standard deviation], in a model of 8 layers. */
const SCALES: [name: string, shape: number[], mean: number, std: number][] = [
  ['bert.embeddings.word_embeddings.weight', [500, 64], 0, 0.02],
  ['bert.embeddings.LayerNorm.weight', [20_000], 1, 0.02],
  ['bert.encoder.layer.3.attention.self.query.weight', [160, 100], 0, 1 / 10],
  ['bert.encoder.layer.3.attention.self.query.bias', [20_000], 0, 0.02],
  ['bert.encoder.layer.3.attention.output.dense.weight', [160, 100], 0, 1 / 40],
  ['bert.encoder.layer.3.attention.output.LayerNorm.bias', [20_000], 0, 0.02],
  ['bert.encoder.layer.3.intermediate.dense.weight', [200, 100], 0, 1 / 10],
  ['bert.encoder.layer.3.output.dense.weight', [100, 400], 0, 1 / 80],
  ['transformer.wpe.weight', [500, 64], 0, 0.02],
  ['transformer.h.0.ln_1.weight', [20_000], 1, 0.02],
  ['transformer.h.0.attn.c_attn.weight', [100, 300], 0, 1 / 10],
  ['transformer.h.0.mlp.c_proj.weight', [400, 100], 0, 1 / 80],
  ['model.embed_tokens.weight', [500, 64], 0, 0.02],
  ['model.layers.7.input_layernorm.weight', [20_000], 1, 0.02],
  ['model.layers.7.self_attn.k_proj.weight', [200, 100], 0, 1 / 10],
  ['model.layers.7.self_attn.o_proj.weight', [200, 100], 0, 1 / 40],
  ['model.layers.7.mlp.down_proj.weight', [100, 400], 0, 1 / 80],
  ['model.norm.weight', [20_000], 1, 0.02],
  ['lm_head.weight', [500, 100], 0, 1 / 10],
  ['a.name.nobody.knows', [500, 100], 0, 1 / 10],
];

test.each(SCALES)('the scale of %s %j', async (name, shape, mean, std) => {
  const data = await read(name, shape, { num_hidden_layers: 8 });
  const error = 5 / Math.sqrt(data.length); // of a mean, in standard deviations
  expect(Math.abs(meanOf(data) - mean)).toBeLessThan(error * std);
  expect(Math.abs(stdOf(data) / std - 1)).toBeLessThan(error);
  expect(Math.max(...data.map((x) => Math.abs(x - mean)))).toBeLessThanOrEqual(Math.sqrt(3) * std * (1 + 1e-4));
});

const SMALL = { vocab_size: 50, hidden_size: 64, num_attention_heads: 4, intermediate_size: 256 };

/** The smallest and the largest root mean square of what a layer gives, in three to forty layers. */
const FAMILIES: [architecture: string, config: object, least: number, most: number][] = [
  ['BertModel', { ...SMALL, model_type: 'bert', max_position_embeddings: 16 }, 0.9, 1.1],
  ['GPT2LMHeadModel', { model_type: 'gpt2', vocab_size: 50, n_embd: 64, n_head: 4, n_positions: 16 }, 0.02, 2],
  ['LlamaForCausalLM', { ...SMALL, model_type: 'llama', max_position_embeddings: 16 }, 0.02, 2],
];

describe.each([3, 40])('activations of %i layers stay in range', (layers) => {
  test.each(FAMILIES)('%s', async (architecture, sizes, least, most) => {
    const config = { ...sizes, architectures: [architecture], n_layer: layers, num_hidden_layers: layers };
    const kernels = engines[0]!;
    const model = modelFor(config);
    const weights = plannedWeights(model.plan(), openSynthetic(config, { kernels }).read);
    const answer = await inferPlain({ kernels, model, weights }, { ids: [1, 2, 3, 4], types: [0, 0, 0, 0] });
    const inner = [...answer.layers].filter(([name]) => name.startsWith('layer.'));
    expect(inner).toHaveLength(layers);
    for (const [name, data] of inner) {
      expect(stdOf(data), name).toBeGreaterThan(least);
      expect(stdOf(data), name).toBeLessThan(most);
    }
    expect(stdOf(answer.output)).toBeGreaterThan(0.05);
    expect(stdOf(answer.output)).toBeLessThan(3);
  });
});

const meanOf = (x: Float32Array): number => x.reduce((sum, v) => sum + v, 0) / x.length;

function stdOf(x: Float32Array): number {
  const mean = meanOf(x);
  return Math.sqrt(x.reduce((sum, v) => sum + (v - mean) ** 2, 0) / x.length);
}

function correlation(x: Float32Array, y: Float32Array): number {
  const [mx, my] = [meanOf(x), meanOf(y)];
  return x.reduce((sum, v, i) => sum + (v - mx) * (y[i]! - my), 0) / (x.length * stdOf(x) * stdOf(y));
}
