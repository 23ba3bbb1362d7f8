import { z } from 'zod';
import type { Activation } from '../ops/ops.ts';
import { only, parseConfig, positiveInteger } from './config.ts';

/** Hugging Face's names of activations; all of the tanh forms are one function. */
const ACTIVATIONS: ReadonlyMap<string, Activation> = new Map([
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
]);

export const BERT_ARCHITECTURES = ['BertForSequenceClassification', 'BertModel'] as const;

export type BertConfig = {
  architecture: (typeof BERT_ARCHITECTURES)[number];
  vocabulary: number;
  types: number;
  positions: number;
  width: number;
  inner: number;
  layers: number;
  heads: number;
  activation: Activation;
  epsilon: number;
  labels: string[];
};

const schema = z
  .object({
    architectures: z
      .tuple([z.enum(BERT_ARCHITECTURES, `expected one of ${BERT_ARCHITECTURES.join(', ')}`)], z.unknown())
      .nullish(),
    vocab_size: positiveInteger,
    type_vocab_size: positiveInteger.default(2),
    max_position_embeddings: positiveInteger,
    hidden_size: positiveInteger,
    intermediate_size: positiveInteger,
    num_hidden_layers: positiveInteger,
    num_attention_heads: positiveInteger,
    hidden_act: z
      .string('expected a string')
      .refine((name) => ACTIVATIONS.has(name), `expected one of ${[...ACTIVATIONS.keys()].join(', ')}`)
      .default('gelu'),
    layer_norm_eps: z.number('expected a positive number').positive('expected a positive number').default(1e-12),
    num_labels: positiveInteger.nullish(),
    id2label: z
      .record(z.string(), z.string('expected a string'), 'expected an object')
      .refine((labels) => isNumbered(Object.keys(labels)), 'expected keys "0", "1", ... without a gap')
      .nullish(),
    position_embedding_type: only('absolute', 'relative positions are not supported'),
    is_decoder: only(false, 'BERT as a decoder is not supported'),
    add_cross_attention: only(false, 'cross attention is not supported'),
    pruned_heads: z
      .record(z.string(), z.unknown(), 'expected an object')
      .refine((pruned) => Object.keys(pruned).length === 0, 'expected {}: pruned heads are not supported')
      .optional(),
  })
  .refine((raw) => raw.hidden_size % raw.num_attention_heads === 0, {
    path: ['hidden_size'],
    error: (issue) =>
      `expected a multiple of num_attention_heads (${(issue.input as { num_attention_heads: number }).num_attention_heads})`,
  });

/** Checks a config.json of BERT; keys with a default in transformers may be left out. Throws E_CONFIG. */
export function bertConfig(config: unknown): BertConfig {
  const raw = parseConfig(schema, config);
  return {
    architecture: raw.architectures?.[0] ?? 'BertModel',
    vocabulary: raw.vocab_size,
    types: raw.type_vocab_size,
    positions: raw.max_position_embeddings,
    width: raw.hidden_size,
    inner: raw.intermediate_size,
    layers: raw.num_hidden_layers,
    heads: raw.num_attention_heads,
    activation: ACTIVATIONS.get(raw.hidden_act)!,
    epsilon: raw.layer_norm_eps,
    labels: labelsOf(raw.id2label, raw.num_labels ?? 2),
  };
}

const isNumbered = (keys: readonly string[]): boolean =>
  keys.length > 0 && keys.every((key) => /^\d+$/.test(key)) && keys.map(Number).every((key, i) => key === i);

function labelsOf(named: Record<string, string> | null | undefined, count: number): string[] {
  return named ? Object.values(named) : Array.from({ length: count }, (_, i) => `LABEL_${i}`);
}
