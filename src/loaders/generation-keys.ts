/** The keys of generation_config.json: transformers' GenerationConfig. */
import { each, harmless, type KeyTable, known } from '../models/keys/table.ts';

export const GENERATION_KEYS: KeyTable = {
  ...each('bos_token_id eos_token_id pad_token_id max_length max_new_tokens stop_strings', 'used'),
  ...each('min_length min_new_tokens repetition_penalty no_repeat_ngram_size bad_words_ids sequence_bias', 'used'),
  ...each('forced_bos_token_id forced_eos_token_id exponential_decay_length_penalty', 'used'),
  ...each('suppress_tokens begin_suppress_tokens', 'used'),
  ...each('do_sample temperature top_h top_k top_p min_p typical_p epsilon_cutoff eta_cutoff', 'used'),
  ...each('num_beams num_return_sequences guidance_scale watermarking_config token_healing', 'used'),
  ...each('penalty_alpha dola_layers constraints force_words_ids', 'used'),
  ...each('early_stopping length_penalty num_beam_groups diversity_penalty', harmless('for searches with beams')),
  ...each('use_cache cache_config max_cache_len compile_config disable_compile', harmless('how it is run')),
  ...each('low_memory prefill_chunk_size return_legacy_cache use_mtp', harmless('how it is run')),
  ...each('is_assistant num_assistant_tokens num_assistant_tokens_schedule', harmless('for guesses that are checked')),
  ...each(
    'assistant_confidence_threshold assistant_early_exit assistant_lookbehind',
    harmless('for guesses that are checked'),
  ),
  ...each('target_lookbehind assistant_ensemble_weight speculation_type', harmless('for guesses that are checked')),
  ...each('prompt_lookup_num_tokens max_matching_ngram_size', harmless('for guesses that are checked')),
  ...each('output_attentions output_hidden_states output_scores output_logits', harmless('what else is shown')),
  ...each('return_dict_in_generate', harmless('what else is shown')),
  ...each('encoder_repetition_penalty encoder_no_repeat_ngram_size', harmless('for decoders beside an encoder')),
  ...each('decoder_start_token_id', harmless('for decoders beside an encoder')),
  ...each('renormalize_logits remove_invalid_values', harmless('no token is chosen otherwise')),
  ...each('transformers_version _from_model_config _commit_hash', harmless('a note')),
  ...each('chat_format user_token_id assistant_token_id', harmless('for chats')),
  cache_implementation: known(
    'dynamic',
    'dynamic_full',
    'static',
    'hybrid',
    'sliding_window',
    'offloaded',
    'offloaded_static',
  ),
};
