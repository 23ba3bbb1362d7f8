import { each, harmless, type KeyTable, known } from './table.ts';

/** Keys that transformers' LlamaConfig, MistralConfig, Qwen2Config, Qwen3Config and Phi3Config have in common. */
const COMMON: KeyTable = {
  ...each('vocab_size hidden_size intermediate_size num_hidden_layers num_attention_heads num_key_value_heads', 'used'),
  ...each('head_dim hidden_act max_position_embeddings rms_norm_eps tie_word_embeddings', 'used'),
  ...each('rope_theta rope_scaling rope_parameters original_max_position_embeddings partial_rotary_factor', 'used'),
  attention_dropout: harmless('training'),
};

/** By `model_type`. */
export const LLAMA_KEYS: Readonly<Record<string, KeyTable>> = {
  llama: {
    ...COMMON,
    ...each('attention_bias mlp_bias sliding_window layer_types', 'used'),
    pretraining_tp: harmless('in how many parts it was trained'),
    rope_interleaved: known(false),
    is_llama_config: known(true, false),
    max_sequence_length: harmless('a note: transformers does not read it'),
  },
  mistral: { ...COMMON, sliding_window: 'used' },
  qwen2: {
    ...COMMON,
    ...each('sliding_window use_sliding_window max_window_layers layer_types', 'used'),
    use_mrope: known(false),
  },
  qwen3: {
    ...COMMON,
    ...each('attention_bias sliding_window use_sliding_window max_window_layers layer_types', 'used'),
  },
  phi3: {
    ...COMMON,
    sliding_window: 'used',
    ...each('resid_pdrop embd_pdrop', harmless('training')),
    ...each('attention_bias mlp_bias lm_head_bias', known(false)),
  },
};
