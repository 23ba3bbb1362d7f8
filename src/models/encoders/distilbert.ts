/**
 * DistilBERT (Sanh et al., arXiv 1910.01108) as Hugging Face's DistilBertModel and DistilBertForSequenceClassification: BERT without types of
 * tokens. Its classifier reads the first token through a layer with a ReLU; without one, the state of the first token is given.
 */
import { z } from 'zod';
import { activation } from '../activations.ts';
import { architecture } from '../architecture.ts';
import { encoder } from '../bert.ts';
import { type BertConfig, labelKeys, labelling, prunedHeads, singleOfOne } from '../bert-config.ts';
import { flag, multipleOf, parseConfig, positiveInteger, withAliases } from '../config.ts';
import { DISTILBERT_KEYS } from '../keys/encoders.ts';
import type { EncoderFiles } from './files.ts';

const FILES: EncoderFiles = {
  ...{ title: 'DistilBERT', bare: 'DistilBertModel', prefix: 'distilbert.' },
  own: [
    ['encoder.layer.', 'transformer.layer.'],
    ['attention.output.LayerNorm', 'sa_layer_norm'],
    ['attention.output.dense', 'attention.out_lin'],
    ['attention.self.query', 'attention.q_lin'],
    ['attention.self.key', 'attention.k_lin'],
    ['attention.self.value', 'attention.v_lin'],
    ['output.LayerNorm', 'output_layer_norm'],
    ['intermediate.dense', 'ffn.lin1'],
    ['output.dense', 'ffn.lin2'],
  ],
  heads: { classifier: { pooler: 'pre_classifier', file: 'classifier' } },
};

const schema = z
  .object({
    vocab_size: positiveInteger.default(30522),
    max_position_embeddings: positiveInteger.default(512),
    dim: positiveInteger.default(768),
    hidden_dim: positiveInteger.default(3072),
    n_layers: positiveInteger.default(6),
    n_heads: positiveInteger.default(12),
    activation: activation.default('gelu'),
    sinusoidal_pos_embds: flag.optional(), // they are saved with the weights all the same
    pruned_heads: prunedHeads,
    ...labelKeys,
  })
  .refine(...singleOfOne)
  .refine((raw) => raw.dim % raw.n_heads === 0, multipleOf('dim', 'n_heads'));

/** Names that DistilBertConfig takes for its own: they count before those. */
const ALIASES = { dim: 'hidden_size', n_heads: 'num_attention_heads', n_layers: 'num_hidden_layers' };

/** Checks a config.json of DistilBERT; keys with a default in transformers may be left out. Throws E_CONFIG. */
function distilbertConfig(config: unknown): BertConfig {
  const raw = parseConfig(schema, withAliases(config, ALIASES));
  return {
    files: FILES,
    vocabulary: raw.vocab_size,
    types: 0,
    embedded: raw.dim,
    positions: raw.max_position_embeddings,
    firstPosition: 0,
    width: raw.dim,
    inner: raw.hidden_dim,
    layers: raw.n_layers,
    heads: raw.n_heads,
    activation: raw.activation,
    epsilon: 1e-12,
    ...labelling(raw),
    padId: undefined,
    pools: { classify: 'relu' },
  };
}

/** DistilBERT of any size. */
export const distilbert = architecture<BertConfig>({
  families: [{ type: 'distilbert', prefix: 'DistilBert', bare: ['DistilBertForMaskedLM'] }],
  layersKey: 'n_layers',
  keys: () => DISTILBERT_KEYS,
  config: distilbertConfig,
  ...encoder,
});
