import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PumaError } from '../../src/errors.ts';
import { modelFor } from '../../src/models/index.ts';
import { distance, type Query, run } from './run.ts';
import { CONFIG, randomWeights, reader, reference, type TinyConfig, type Weights } from './tiny-bert.ts';

const TEXT = [2, 7, 1, 19, 22, 0, 3];

const through = (config: TinyConfig, weights: Weights, query: Query) =>
  run(modelFor(config), new Set(weights.keys()), reader(weights), query);

describe('folded equals the paper', () => {
  const cases: { what: string; config?: Partial<TinyConfig>; query?: Partial<Query> }[] = [
    { what: 'two layers' },
    { what: 'one token', query: { ids: [5] } },
    { what: 'two tokens', query: { ids: [5, 5] } },
    { what: 'as many tokens as there are positions', query: { ids: [...TEXT, 4, 5, 6, 8] } },
    { what: 'a sentence pair', query: { types: [0, 0, 0, 0, 1, 1, 1] } },
    { what: 'padding', query: { mask: [1, 1, 1, 1, 1, 0, 0] } },
    { what: 'a pair with padding', query: { types: [0, 0, 1, 1, 1, 0, 0], mask: [1, 1, 1, 1, 1, 0, 0] } },
    { what: 'one layer', config: { num_hidden_layers: 1 } },
    { what: 'four layers', config: { num_hidden_layers: 4 } },
    { what: 'one head', config: { num_attention_heads: 1 } },
    { what: 'as many heads as columns', config: { num_attention_heads: 12 } },
    { what: 'odd sizes', config: { hidden_size: 15, intermediate_size: 1, num_attention_heads: 5 } },
    { what: 'three types', config: { type_vocab_size: 3 }, query: { types: [2, 1, 0, 2, 1, 0, 2] } },
    { what: 'one type', config: { type_vocab_size: 1 } },
    { what: 'one label', config: { id2label: { 0: 'score' } } },
    { what: 'a large epsilon', config: { layer_norm_eps: 0.1 } },
    ...['relu', 'silu', 'tanh'].map((hidden_act) => ({ what: hidden_act, config: { hidden_act } })),
  ];
  test.each(cases)('$what', async ({ config: changed, query: asked }) => {
    const config: TinyConfig = { ...CONFIG, ...changed };
    const query: Query = { ids: TEXT, ...asked };
    const weights = randomWeights(config);
    const { output, taps } = await through(config, weights, query);
    const expected = reference(config, weights, query.ids, query.types, query.mask);

    expect(distance(output, expected.logits)).toBeLessThan(2e-5);
    expect(distance(taps.get('logits')!, expected.logits)).toBeLessThan(2e-5);
    expect(distance(taps.get('pooler')!, expected.pooled)).toBeLessThan(2e-5);
    expected.hidden.forEach((hidden, i) => {
      const last = i === config.num_hidden_layers; // after the last layer only the first token is left
      const tap = taps.get(i === 0 ? 'embeddings' : `layer.${i - 1}`)!;
      expect(distance(tap, (last ? hidden.slice(0, 1) : hidden).flat())).toBeLessThan(2e-5);
    });
    expect(taps.size).toBe(config.num_hidden_layers + 3);
  });
});

test('any shape and any text', async () => {
  const size = (max: number) => fc.integer({ min: 1, max });
  const shape = {
    heads: size(4),
    headWidth: size(5),
    inner: size(9),
    layers: size(3),
    labels: size(3),
    seed: fc.nat(),
  };
  const text = fc.array(fc.tuple(fc.nat(22), fc.nat(1), fc.nat(1)), { minLength: 1, maxLength: 11 });
  const agrees = async (
    { heads, headWidth, inner, layers, labels, seed }: Record<string, number>,
    tokens: number[][],
  ) => {
    const config: TinyConfig = {
      ...CONFIG,
      hidden_size: heads! * headWidth!,
      num_attention_heads: heads!,
      intermediate_size: inner!,
      num_hidden_layers: layers!,
      layer_norm_eps: 1e-2, // the difference of two nearly equal columns of a narrow model must not blow up
      id2label: Object.fromEntries(Array.from({ length: labels! }, (_, i) => [i, `L${i}`])),
    };
    const weights = randomWeights(config, seed);
    const ids = tokens.map(([id]) => id!);
    const types = tokens.map(([, type]) => type!);
    const mask = tokens.map(([, , counts], i) => (i === 0 ? 1 : counts!));
    const { output } = await through(config, weights, { ids, types, mask });
    expect(distance(output, reference(config, weights, ids, types, mask).logits)).toBeLessThan(1e-4);
  };
  await fc.assert(fc.asyncProperty(fc.record(shape), text, agrees), { numRuns: 100 });
});

test('padding behind a mask changes nothing, whatever it holds', async () => {
  const weights = randomWeights(CONFIG);
  const bare = await through(CONFIG, weights, { ids: TEXT });
  for (const padding of [0, 17]) {
    const query = { ids: [...TEXT, padding, padding], mask: [...TEXT.map(() => 1), 0, 0] };
    expect(distance((await through(CONFIG, weights, query)).output, bare.output)).toBeLessThan(1e-6);
  }
});

test('BertModel gives the pooled output, with or without the prefix', async () => {
  const weights = randomWeights(CONFIG);
  const config = { ...CONFIG, architectures: ['BertModel'] };
  const bare: Weights = new Map([...weights].map(([name, tensor]) => [name.replace(/^bert\./, ''), tensor]));
  bare.delete('classifier.weight');
  const expected = reference(config, weights, TEXT).pooled;
  for (const file of [weights, bare]) {
    const { output, taps } = await through(config, file, { ids: TEXT });
    expect(distance(output, expected)).toBeLessThan(2e-5);
    expect(taps.has('logits')).toBe(false);
  }
});

test('gamma and beta, as the first checkpoints had them', async () => {
  const weights = randomWeights(CONFIG);
  const older: Weights = new Map(
    [...weights].map(([name, tensor]) => [
      name.replace(/LayerNorm.weight$/, 'LayerNorm.gamma').replace(/LayerNorm.bias$/, 'LayerNorm.beta'),
      tensor,
    ]),
  );
  const [today, before] = await Promise.all([weights, older].map((file) => through(CONFIG, file, { ids: TEXT })));
  expect(before!.output).toEqual(today!.output);
});

describe('plan', () => {
  test('names, kinds and shapes, in the order they are shared', () => {
    const plan = modelFor({ ...CONFIG, num_hidden_layers: 1 }).plan();
    expect(plan.map(({ name, kind, shape }) => `${name} ${kind} [${shape.join(', ')}]`)).toEqual([
      'embeddings.table table [25, 12]',
      'embeddings.position table [11, 12]',
      'embeddings.norm.weight vector [12]',
      'embeddings.norm.bias vector [12]',
      'layer.0.query.weight matrix [12, 12]',
      'layer.0.query.bias vector [12]',
      'layer.0.key.weight matrix [12, 12]',
      'layer.0.key.bias vector [12]',
      'layer.0.value.weight matrix [12, 12]',
      'layer.0.value.bias vector [12]',
      'layer.0.context.weight matrix [12, 12]',
      'layer.0.context.bias vector [12]',
      'layer.0.norm1.weight vector [12]',
      'layer.0.norm1.bias vector [12]',
      'layer.0.up.weight matrix [20, 12]',
      'layer.0.up.bias vector [20]',
      'layer.0.down.weight matrix [12, 20]',
      'layer.0.down.bias vector [12]',
      'layer.0.norm2.weight vector [12]',
      'layer.0.norm2.bias vector [12]',
      'pooler.weight matrix [12, 12]',
      'pooler.bias vector [12]',
      'classifier.weight matrix [3, 12]',
      'classifier.bias vector [3]',
    ]);
  });

  test('every tensor is built in its shape, leaves the checkpoint alone, and has an owner of its own', async () => {
    const weights = randomWeights(CONFIG);
    const before = structuredClone(weights);
    const plan = modelFor(CONFIG).plan(new Set(weights.keys()));
    for (const { name, shape, build } of plan) {
      const data = await build(reader(weights));
      expect(data.length, name).toBe(shape.reduce((a, b) => a * b));
    }
    expect(weights).toEqual(before);
    expect(new Set(plan.map(({ name }) => name)).size).toBe(plan.length);
  });

  test('without names it is the same plan, in today’s spelling', async () => {
    const weights = randomWeights(CONFIG);
    const model = modelFor(CONFIG);
    const [named, nameless] = [model.plan(new Set(weights.keys())), model.plan()];
    for (const [i, tensor] of nameless.entries()) {
      expect(tensor).toMatchObject({ name: named[i]!.name, kind: named[i]!.kind, shape: named[i]!.shape });
      expect(await tensor.build(reader(weights))).toEqual(await named[i]!.build(reader(weights)));
    }
  });

  const missing: [string, string, string][] = [
    [
      'classifier.weight',
      'the checkpoint has no tensor classifier.weight',
      'it was not fine-tuned to classify: take a fine-tuned one, or set "architectures": ["BertModel"] in config.json',
    ],
    [
      'bert.pooler.dense.bias',
      'the checkpoint has no tensor bert.pooler.dense.bias or pooler.dense.bias',
      'a checkpoint saved without its pooler (masked language models are) cannot classify or embed a text',
    ],
    [
      'bert.encoder.layer.1.output.LayerNorm.bias',
      'the checkpoint has no tensor bert.encoder.layer.1.output.LayerNorm.bias or encoder.layer.1.output.LayerNorm.bias ' +
        'or bert.encoder.layer.1.output.LayerNorm.beta or encoder.layer.1.output.LayerNorm.beta',
      'is this a checkpoint of BERT, and config.json the one that came with it?',
    ],
  ];
  test.each(missing)('without %s', (name, message, hint) => {
    const names = new Set(randomWeights(CONFIG).keys());
    names.delete(name);
    expect(() => modelFor(CONFIG).plan(names)).toThrow(new PumaError('E_WEIGHTS', message, hint));
  });
});

describe('hot rows', () => {
  test('are two-hot: the word, and the type behind the vocabulary', () => {
    const rows = modelFor(CONFIG).hotRows([2, 22, 0], [0, 0, 1]);
    expect(rows).toEqual({
      width: 25,
      hot: [
        [2, 23],
        [22, 23],
        [0, 24],
      ],
      positions: [0, 1, 2],
    });
  });

  const refused: [string, number[], number[], string][] = [
    ['no tokens', [], [], 'the text has 0 tokens; the model takes 1 to 11'],
    ['too many', Array(12).fill(1), Array(12).fill(0), 'the text has 12 tokens; the model takes 1 to 11'],
    ['an id beyond the vocabulary', [1, 23], [0, 0], 'token id 23 at 1 is not in 0..22'],
    ['a negative id', [-1], [0], 'token id -1 at 0 is not in 0..22'],
    ['half an id', [1.5], [0], 'token id 1.5 at 0 is not in 0..22'],
    ['no number', [Number.NaN], [0], 'token id NaN at 0 is not in 0..22'],
    ['a type too many', [1, 2], [0, 2], 'token type 2 at 1 is not in 0..1'],
    ['fewer types than ids', [1, 2], [0], 'there are 2 token ids but 1 token types'],
  ];
  test.each(refused)('refuse %s', (_, ids, types, message) => {
    expect(() => modelFor(CONFIG).hotRows(ids, types)).toThrow(expect.objectContaining({ name: 'PumaError', message }));
  });
});

test('a model says what it is', () => {
  expect(modelFor(CONFIG)).toMatchObject({
    architecture: 'BertForSequenceClassification',
    head: { name: 'classify' },
    labels: ['negative', 'neutral', 'positive'],
    maxTokens: 11,
    vocabularySize: 23,
  });
  expect(modelFor({ ...CONFIG, architectures: undefined })).toMatchObject({
    architecture: 'BertModel',
    head: { name: 'embed' },
    labels: [],
  });
});
