import { each, harmless, type KeyTable } from './table.ts';

/** Keys of transformers' GPTNeoXConfig. */
export const GPT_NEOX_KEYS: KeyTable = {
  ...each('vocab_size hidden_size num_hidden_layers num_attention_heads intermediate_size hidden_act', 'used'),
  ...each('max_position_embeddings layer_norm_eps tie_word_embeddings use_parallel_residual attention_bias', 'used'),
  ...each('rotary_pct rotary_emb_base rope_scaling rope_parameters original_max_position_embeddings', 'used'),
  add_cross_attention: 'used',
  ...each('partial_rotary_factor rope_theta', harmless('transformers reads rotary_pct and rotary_emb_base instead')),
  ...each('attention_dropout hidden_dropout classifier_dropout', harmless('training')),
};
