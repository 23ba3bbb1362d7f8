import { z } from 'zod';
import type { Activation } from '../ops/ops.ts';
import { activation } from './activations.ts';
import type { Shape } from './architecture.ts';
import { flag, multipleOf, only, parseConfig, positiveInteger, positiveNumber, withAliases } from './config.ts';

export type Gpt2Config = Shape & {
  activation: Activation;
  epsilon: number;
  /** The head's weights are those of the embedding. */
  tied: boolean;
  /** Divide scores by sqrt(head width); and by the layer's number from 1. */
  scaled: boolean;
  scaledByLayer: boolean;
};

const schema = z
  .object({
    vocab_size: positiveInteger,
    n_positions: positiveInteger,
    n_embd: positiveInteger,
    n_inner: positiveInteger.nullish(),
    n_layer: positiveInteger,
    n_head: positiveInteger,
    activation_function: activation.default('gelu_new'),
    layer_norm_epsilon: positiveNumber.default(1e-5),
    tie_word_embeddings: flag.default(true),
    scale_attn_weights: flag.default(true),
    scale_attn_by_inverse_layer_idx: flag.default(false),
    add_cross_attention: only(false, 'cross attention is not supported'),
  })
  .refine((raw) => raw.n_embd % raw.n_head === 0, multipleOf('n_embd', 'n_head'));

/** Names that GPT2Config takes for its own: they count before those. */
const ALIASES = {
  n_embd: 'hidden_size',
  n_positions: 'max_position_embeddings',
  n_head: 'num_attention_heads',
  n_layer: 'num_hidden_layers',
};

/** Checks a config.json of GPT-2; keys with a default in transformers may be left out. Throws E_CONFIG. */
export function gpt2Config(config: unknown): Gpt2Config {
  const raw = parseConfig(schema, withAliases(config, ALIASES));
  return {
    vocabulary: raw.vocab_size,
    positions: raw.n_positions,
    width: raw.n_embd,
    inner: raw.n_inner ?? 4 * raw.n_embd,
    layers: raw.n_layer,
    heads: raw.n_head,
    activation: raw.activation_function,
    epsilon: raw.layer_norm_epsilon,
    tied: raw.tie_word_embeddings,
    scaled: raw.scale_attn_weights,
    scaledByLayer: raw.scale_attn_by_inverse_layer_idx,
  };
}
