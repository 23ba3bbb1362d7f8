import { each, harmless, type KeyTable } from './table.ts';

/** Keys of transformers' Gemma3TextConfig. */
export const GEMMA3_KEYS: KeyTable = {
  ...each('vocab_size hidden_size intermediate_size num_hidden_layers num_attention_heads num_key_value_heads', 'used'),
  ...each('head_dim hidden_activation max_position_embeddings rms_norm_eps tie_word_embeddings attention_bias', 'used'),
  ...each('query_pre_attn_scalar sliding_window sliding_window_pattern layer_types final_logit_softcapping', 'used'),
  ...each('use_bidirectional_attention rope_theta rope_local_base_freq rope_scaling rope_parameters', 'used'),
  attn_logit_softcapping: harmless('transformers does not read it in Gemma 3'),
  _sliding_window_pattern: harmless('layer_types has the layers'),
  attention_dropout: harmless('training'),
};
