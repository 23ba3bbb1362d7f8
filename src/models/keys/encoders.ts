import { each, harmless, type KeyTable } from './table.ts';

const LABELS = 'id2label num_labels problem_type';

/** Keys of transformers' DistilBertConfig, under the names of that class and under those that it takes for them. */
export const DISTILBERT_KEYS: KeyTable = {
  ...each(
    `vocab_size max_position_embeddings dim hidden_dim n_layers n_heads activation ${LABELS} pruned_heads`,
    'used',
  ),
  ...each('hidden_size num_attention_heads num_hidden_layers', 'used'),
  sinusoidal_pos_embds: harmless('the weights hold the positions'),
  ...each('dropout attention_dropout qa_dropout seq_classif_dropout', harmless('training')),
  tie_word_embeddings: harmless('for its masked language model'),
  ...each('tie_weights_ output_past', harmless('a note: transformers does not read it')),
};

/** Keys of transformers' ElectraConfig. */
export const ELECTRA_KEYS: KeyTable = {
  ...each(
    `vocab_size embedding_size hidden_size num_hidden_layers num_attention_heads intermediate_size ${LABELS}`,
    'used',
  ),
  ...each('hidden_act max_position_embeddings type_vocab_size layer_norm_eps pruned_heads', 'used'),
  ...each('position_embedding_type is_decoder add_cross_attention', 'used'),
  ...each('hidden_dropout_prob attention_probs_dropout_prob classifier_dropout', harmless('training')),
  ...each('summary_type summary_use_proj summary_activation', harmless('for its head of choices')),
  ...each('summary_last_dropout summary_first_dropout', harmless('for its head of choices')),
  tie_word_embeddings: harmless('for its masked language model'),
};

/** Keys of transformers' MPNetConfig. */
export const MPNET_KEYS: KeyTable = {
  ...each(
    `vocab_size hidden_size num_hidden_layers num_attention_heads intermediate_size ${LABELS} pruned_heads`,
    'used',
  ),
  ...each('hidden_act max_position_embeddings layer_norm_eps relative_attention_num_buckets', 'used'),
  ...each('hidden_dropout_prob attention_probs_dropout_prob', harmless('training')),
  pad_token_id: harmless('transformers takes 1'),
  tie_word_embeddings: harmless('for its masked language model'),
};
