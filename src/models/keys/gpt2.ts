import { each, harmless, type KeyTable } from './table.ts';

/** Keys of transformers' GPT2Config, under the names of that class and under those that it takes for them. */
export const GPT2_KEYS: KeyTable = {
  ...each('vocab_size n_positions n_embd n_inner n_layer n_head activation_function layer_norm_epsilon', 'used'),
  ...each('tie_word_embeddings scale_attn_weights scale_attn_by_inverse_layer_idx add_cross_attention', 'used'),
  ...each('hidden_size max_position_embeddings num_attention_heads num_hidden_layers', 'used'),
  ...each('resid_pdrop embd_pdrop attn_pdrop', harmless('training')),
  ...each('summary_type summary_use_proj summary_activation', harmless('for its head of two tasks')),
  ...each('summary_proj_to_labels summary_first_dropout', harmless('for its head of two tasks')),
  reorder_and_upcast_attn: harmless('how exactly it is run'),
  ...each('n_ctx predict_special_tokens', harmless('a note: transformers does not read it')),
};
