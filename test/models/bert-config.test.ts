import { describe, expect, test } from 'vitest';
import { PumaError } from '../../src/errors.ts';
import { bertConfig } from '../../src/models/bert-config.ts';
import { modelFor } from '../../src/models/index.ts';
import { CONFIG } from './tiny-bert.ts';

describe('mistakes in config.json', () => {
  const acts = 'gelu, gelu_python, gelu_new, gelu_fast, gelu_pytorch_tanh, gelu_python_tanh, relu, silu, swish, tanh';
  const cases: [change: Record<string, unknown>, lines: string[]][] = [
    [{ hidden_size: undefined }, ['hidden_size is missing']],
    [{ hidden_size: '12' }, ['hidden_size is "12", expected a positive integer']],
    [{ hidden_size: 12.5 }, ['hidden_size is 12.5, expected a positive integer']],
    [{ hidden_size: null }, ['hidden_size is null, expected a positive integer']],
    [{ num_hidden_layers: 0 }, ['num_hidden_layers is 0, expected a positive integer']],
    [{ vocab_size: -1.5 }, ['vocab_size is -1.5, expected a positive integer']],
    [{ num_attention_heads: 5 }, ['hidden_size is 12, expected a multiple of num_attention_heads (5)']],
    [{ hidden_act: 'mish' }, [`hidden_act is "mish", expected one of ${acts}`]],
    [{ hidden_act: 3 }, ['hidden_act is 3, expected a string']],
    [
      { position_embedding_type: 'relative_key' },
      ['position_embedding_type is "relative_key", expected "absolute": relative positions are not supported'],
    ],
    [{ is_decoder: true }, ['is_decoder is true, expected false: BERT as a decoder is not supported']],
    [{ add_cross_attention: true }, ['add_cross_attention is true, expected false: cross attention is not supported']],
    [{ layer_norm_eps: 0 }, ['layer_norm_eps is 0, expected a positive number']],
    [{ layer_norm_eps: '1e-12' }, ['layer_norm_eps is "1e-12", expected a positive number']],
    [{ id2label: ['a', 'b'] }, ['id2label is ["a","b"], expected an object']],
    [{ id2label: { 0: 'a', 2: 'c' } }, ['id2label is {"0":"a","2":"c"}, expected keys "0", "1", ... without a gap']],
    [{ id2label: {} }, ['id2label is {}, expected keys "0", "1", ... without a gap']],
    [{ id2label: { 0: 1 } }, ['id2label.0 is 1, expected a string']],
    [{ pruned_heads: { 0: [1] } }, ['pruned_heads is {"0":[1]}, expected {}: pruned heads are not supported']],
    [
      { vocab_size: undefined, intermediate_size: 'x'.repeat(99), is_decoder: 1 },
      [
        'vocab_size is missing',
        `intermediate_size is "${'x'.repeat(56)}..., expected a positive integer`,
        'is_decoder is 1, expected false: BERT as a decoder is not supported',
      ],
    ],
  ];
  test.each(cases)('%j: %j', (change, lines) => {
    const message = lines.map((line) => `config.json: ${line}`).join('\n');
    const hint = 'use the config.json that came with the checkpoint';
    expect(() => modelFor({ ...CONFIG, ...change })).toThrow(new PumaError('E_CONFIG', message, hint));
  });

  test.each([
    [null, 'null'],
    [[], '[]'],
    ['bert', '"bert"'],
    [undefined, 'undefined'],
  ])('%j is no object', (config, shown) => {
    expect(() => bertConfig(config)).toThrow(`config.json: expected an object, got ${shown}`);
  });
});

test.each([
  ['gelu', 'gelu'],
  ['gelu_python', 'gelu'],
  ['gelu_new', 'gelu_new'],
  ['gelu_fast', 'gelu_new'],
  ['gelu_pytorch_tanh', 'gelu_new'],
  ['gelu_python_tanh', 'gelu_new'],
  ['relu', 'relu'],
  ['silu', 'silu'],
  ['swish', 'silu'],
  ['tanh', 'tanh'],
])('hidden_act %s is our %s', (hidden_act, activation) => {
  expect(bertConfig({ ...CONFIG, hidden_act }).activation).toBe(activation);
});

test('what transformers has a default for may be left out', () => {
  const { type_vocab_size, hidden_act, layer_norm_eps, id2label, ...rest } = CONFIG;
  expect(bertConfig(rest)).toMatchObject({
    types: 2,
    activation: 'gelu',
    epsilon: 1e-12,
    labels: ['LABEL_0', 'LABEL_1'],
  });
  expect(bertConfig({ ...rest, num_labels: 3 }).labels).toEqual(['LABEL_0', 'LABEL_1', 'LABEL_2']);
});

test('labels come in the order of their numbers', () => {
  const id2label = Object.fromEntries(Array.from({ length: 12 }, (_, i) => [11 - i, `L${11 - i}`]));
  expect(bertConfig({ ...CONFIG, id2label }).labels.slice(9)).toEqual(['L9', 'L10', 'L11']);
});

describe('architectures', () => {
  const supported =
    'supported are BertForSequenceClassification, BertModel, RobertaForSequenceClassification, RobertaModel, ' +
    'XLMRobertaForSequenceClassification, XLMRobertaModel, DistilBertForSequenceClassification, DistilBertModel, ' +
    'ElectraForSequenceClassification, ElectraModel, MPNetForSequenceClassification, MPNetModel, GPT2LMHeadModel, GPTNeoXForCausalLM, Gemma3ForCausalLM, LlamaForCausalLM, MistralForCausalLM, ' +
    'Qwen2ForCausalLM, Qwen3ForCausalLM, Phi3ForCausalLM';
  const encoder = 'to run it as BertModel, set "architectures": ["BertModel"] in config.json';
  const cases: [config: unknown, message: string, hint: string | undefined][] = [
    [{ architectures: ['T5Model'], model_type: 't5' }, `T5Model is not supported; ${supported}`, undefined],
    [
      { architectures: ['BertForTokenClassification'], model_type: 'bert' },
      `BertForTokenClassification is not supported; ${supported}`,
      encoder,
    ],
    [{ model_type: 't5' }, `config.json names no architecture; ${supported}`, undefined],
    [{ architectures: [] }, `config.json names no architecture; ${supported}`, undefined],
    [{ architectures: [7] }, `7 is not supported; ${supported}`, undefined],
    [{ model_type: 'constructor' }, `config.json names no architecture; ${supported}`, undefined],
    [null, `config.json names no architecture; ${supported}`, undefined],
  ];
  test.each(cases)('%j', (config, message, hint) => {
    expect(() => modelFor(config)).toThrow(new PumaError('E_ARCHITECTURE', message, hint));
  });
});

test.each(['BertForMaskedLM', 'BertForPreTraining'])('%s runs as the bare encoder', (architecture) => {
  expect(modelFor({ ...CONFIG, architectures: [architecture] })).toMatchObject({
    architecture: 'BertModel',
    head: { name: 'embed' },
  });
});
