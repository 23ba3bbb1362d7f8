/**
 * ELECTRA (Clark et al., arXiv 2003.10555) as Hugging Face's ElectraModel and ElectraForSequenceClassification: BERT whose embeddings may be
 * narrower than its layers, and are projected to them. Its classifier reads the first token through a layer with a GeLU, and without one the
 * state of the first token is given.
 */
import { z } from 'zod';
import { activation } from '../activations.ts';
import { architecture } from '../architecture.ts';
import { encoder } from '../bert.ts';
import { type BertConfig, labelKeys, labelling, prunedHeads, singleOfOne } from '../bert-config.ts';
import { multipleOf, only, parseConfig, positiveInteger, positiveNumber } from '../config.ts';
import { ELECTRA_KEYS } from '../keys/encoders.ts';
import { type EncoderFiles, TWO_LAYERS } from './files.ts';

const FILES: EncoderFiles = {
  ...{ title: 'ELECTRA', bare: 'ElectraModel', prefix: 'electra.', heads: TWO_LAYERS },
};

const schema = z
  .object({
    vocab_size: positiveInteger.default(30522),
    embedding_size: positiveInteger.default(128),
    hidden_size: positiveInteger.default(256),
    num_hidden_layers: positiveInteger.default(12),
    num_attention_heads: positiveInteger.default(4),
    intermediate_size: positiveInteger.default(1024),
    hidden_act: activation.default('gelu'),
    max_position_embeddings: positiveInteger.default(512),
    type_vocab_size: positiveInteger.default(2),
    layer_norm_eps: positiveNumber.default(1e-12),
    position_embedding_type: only('absolute', 'relative positions are not supported'),
    is_decoder: only(false, 'ELECTRA as a decoder is not supported'),
    add_cross_attention: only(false, 'cross attention is not supported'),
    pruned_heads: prunedHeads,
    ...labelKeys,
  })
  .refine(...singleOfOne)
  .refine((raw) => raw.hidden_size % raw.num_attention_heads === 0, multipleOf('hidden_size', 'num_attention_heads'));

/** Checks a config.json of ELECTRA; keys with a default in transformers may be left out. Throws E_CONFIG. */
function electraConfig(config: unknown): BertConfig {
  const raw = parseConfig(schema, config);
  return {
    files: FILES,
    vocabulary: raw.vocab_size,
    types: raw.type_vocab_size,
    embedded: raw.embedding_size,
    positions: raw.max_position_embeddings,
    firstPosition: 0,
    width: raw.hidden_size,
    inner: raw.intermediate_size,
    layers: raw.num_hidden_layers,
    heads: raw.num_attention_heads,
    activation: raw.hidden_act,
    epsilon: raw.layer_norm_eps,
    ...labelling(raw),
    padId: undefined,
    pools: { classify: 'gelu' }, // whatever hidden_act is
  };
}

/** ELECTRA of any size. */
export const electra = architecture<BertConfig>({
  families: [{ type: 'electra', prefix: 'Electra', bare: ['ElectraForMaskedLM', 'ElectraForPreTraining'] }],
  layersKey: 'num_hidden_layers',
  keys: () => ELECTRA_KEYS,
  config: electraConfig,
  ...encoder,
});
