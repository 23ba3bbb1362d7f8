/** Keys that every config.json may have: those of transformers' PretrainedConfig, of its generation, and of tools that leave notes. */
import { each, harmless, type KeyTable, known, refused } from './table.ts';

/** What steers generation may stand in config.json, where there is no generation_config.json. */
const GENERATION =
  'max_length max_new_tokens min_length min_new_tokens do_sample early_stopping num_beams num_beam_groups diversity_penalty temperature ' +
  'top_k top_p min_p top_h typical_p epsilon_cutoff eta_cutoff repetition_penalty encoder_repetition_penalty length_penalty ' +
  'no_repeat_ngram_size encoder_no_repeat_ngram_size bad_words_ids sequence_bias num_return_sequences forced_bos_token_id ' +
  'forced_eos_token_id remove_invalid_values exponential_decay_length_penalty suppress_tokens begin_suppress_tokens ' +
  'return_dict_in_generate renormalize_logits force_bos_token_to_be_generated num_assistant_tokens num_assistant_tokens_schedule ' +
  'assistant_confidence_threshold assistant_lookbehind target_lookbehind';

export const GENERIC_KEYS: KeyTable = {
  ...each('model_type architectures', 'used'),
  ...each('_name_or_path name_or_path transformers_version _commit_hash', harmless('a note')),
  ...each('unsloth_version unsloth_fixed transformers.js_config neuron', harmless('a note of a tool')),
  ...each('dtype torch_dtype use_bfloat16', harmless('weights are widened to float32')),
  ...each('use_cache return_dict torchscript chunk_size_feed_forward', harmless('how it is run')),
  ...each('attn_implementation _attn_implementation _attn_implementation_autoset', harmless('how it is run')),
  ...each('_attn_implementation_internal _experts_implementation_internal', harmless('how it is run')),
  ...each('experts_implementation _experts_implementation _flash_attn_2_enabled', harmless('how it is run')),
  ...each('output_attentions output_hidden_states output_scores output_past', harmless('what else is shown')),
  ...each('initializer_range initializer_factor gradient_checkpointing', harmless('training')),
  ...each('finetuning_task task_specific_params prefix', harmless('a note on tasks')),
  ...each('label2id _num_labels', harmless('id2label has the labels')),
  ...each('id2label num_labels problem_type', harmless('for models that classify, which read it')),
  ...each('tokenizer_class', harmless('the tokenizer has files of its own')),
  ...each('auto_map', harmless('code of a checkpoint is not run')),
  ...each('bos_token_id eos_token_id pad_token_id', harmless('generation.ts reads it')),
  ...each('sep_token_id cls_token_id mask_token_id unk_token_id', harmless('for tokenizers')),
  ...each('decoder_start_token_id cross_attention_hidden_size', harmless('for decoders beside an encoder')),
  ...each(GENERATION, harmless('generation.ts reads it')),
  ...each('is_encoder_decoder tie_encoder_decoder tie_last_hidden_states', known(false)),
  is_decoder: harmless('decoders are, whatever it says'),
  pruned_heads: known({}, []),
  quantization_config: refused('quantised weights are not supported'),
  per_layer_config: refused('layers of different shapes are not supported'),
};
