import { each, harmless, type KeyTable, known } from './table.ts';

/** Keys of transformers' BertConfig and RobertaConfig, and of checkpoints older than they are. */
export const BERT_KEYS: KeyTable = {
  ...each('vocab_size type_vocab_size max_position_embeddings hidden_size intermediate_size', 'used'),
  ...each('num_hidden_layers num_attention_heads hidden_act layer_norm_eps', 'used'),
  ...each('id2label num_labels problem_type pad_token_id pruned_heads', 'used'),
  ...each('position_embedding_type is_decoder add_cross_attention model_type', 'used'),
  ...each('hidden_dropout_prob attention_probs_dropout_prob classifier_dropout', harmless('training')),
  tie_word_embeddings: harmless('for its masked language model'),
  ...each(
    'directionality pooler_fc_size pooler_num_attention_heads',
    harmless('a note: transformers does not read it'),
  ),
  ...each('pooler_num_fc_layers pooler_size_per_head', harmless('a note: transformers does not read it')),
  pooler_type: known('first_token_transform'),
};
