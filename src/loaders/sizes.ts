import { z } from 'zod';

const Count = z.int().positive();
const Common = { architectures: z.array(z.string()).min(1), vocab_size: Count };

/** A config.json as the registry has it: all that shapes a model, and of that what is checked here. */
export type KnownConfig = z.infer<typeof KnownConfig>;

const transformer = {
  ...Common,
  hidden_size: Count,
  num_hidden_layers: Count,
  num_attention_heads: Count,
  intermediate_size: Count,
  max_position_embeddings: Count,
};

export const KnownConfig = z.discriminatedUnion('model_type', [
  z.looseObject({ model_type: z.literal(['bert', 'llama']), ...transformer }),
  z.looseObject({ model_type: z.literal('roberta'), ...transformer, pad_token_id: z.int().nonnegative() }),
  z.looseObject({
    model_type: z.literal('gpt2'),
    ...Common,
    n_embd: Count,
    n_layer: Count,
    n_head: Count,
    n_inner: Count.nullish(),
    n_positions: Count,
  }),
]);

export type Sizes = { hidden: number; layers: number; heads: number; intermediate: number; vocabulary: number };

export function sizesOf(c: KnownConfig): Sizes {
  const vocabulary = c.vocab_size;
  if (c.model_type === 'gpt2') {
    return {
      hidden: c.n_embd,
      layers: c.n_layer,
      heads: c.n_head,
      intermediate: c.n_inner ?? 4 * c.n_embd,
      vocabulary,
    };
  }
  const { hidden_size: hidden, num_hidden_layers: layers, num_attention_heads: heads } = c;
  return { hidden, layers, heads, intermediate: c.intermediate_size, vocabulary };
}

/** The longest text; RoBERTa numbers its positions from pad_token_id + 1 on. */
export function maxTokensOf(c: KnownConfig): number {
  if (c.model_type === 'gpt2') return c.n_positions;
  return c.max_position_embeddings - (c.model_type === 'roberta' ? c.pad_token_id + 1 : 0);
}

/** The same model with another number of layers. */
export function withLayers(c: KnownConfig, layers: number): KnownConfig {
  return c.model_type === 'gpt2' ? { ...c, n_layer: layers } : { ...c, num_hidden_layers: layers };
}
