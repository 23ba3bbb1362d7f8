/**
 * What changes the logits of a next token before it is chosen, under the names of generation_config.json. Whoever sees the logits can do it;
 * what is forced takes none.
 */
export type Steering = {
  /** [tokens, what is added to the logit of the last where the others stand before it] */
  sequence_bias?: readonly (readonly [ids: readonly number[], bias: number])[];
  repetition_penalty?: number;
  no_repeat_ngram_size?: number;
  bad_words_ids?: readonly (readonly number[])[];
  /** With the prompt; and without it. */
  min_length?: number;
  min_new_tokens?: number;
  forced_bos_token_id?: number;
  forced_eos_token_id?: readonly number[];
  exponential_decay_length_penalty?: readonly [start: number, factor: number];
  suppress_tokens?: readonly number[];
  begin_suppress_tokens?: readonly number[];
};

/** How a token is drawn. Without a temperature it is the likeliest. */
export type Sampling = {
  temperature?: number;
  topH?: number;
  topK?: number;
  topP?: number;
  minP?: number;
  typicalP?: number;
  epsilonCutoff?: number;
  etaCutoff?: number;
};
