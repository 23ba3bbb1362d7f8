import { z } from 'zod';
import type { Activation } from '../../ops/ops.ts';
import type { Rotary } from '../../ops/rotary.ts';
import { activation } from '../activations.ts';
import type { Shape } from '../architecture.ts';
import { flag, multipleOf, only, parseConfig, positiveInteger, positiveNumber } from '../config.ts';
import { readRope } from '../rope/read.ts';
import { longest, longestAlike, ofWholeHeads, rotaryOf, scoreFactor } from '../rope/turns.ts';

export type GptNeoxConfig = Shape & {
  activation: Activation;
  epsilon: number;
  headWidth: number;
  rotary: Rotary;
  /** How many columns of each head are turned, and what that multiplies their part of scores by. */
  turned: number;
  scoreFactor: number;
  /** Attention and the network behind it read the same residual, and both are added to it. */
  parallel: boolean;
  /** Whether the layers of attention have biases. */
  biased: boolean;
  tied: boolean;
};

const schema = z
  .object({
    vocab_size: positiveInteger.default(50432),
    hidden_size: positiveInteger.default(6144),
    num_hidden_layers: positiveInteger.default(44),
    num_attention_heads: positiveInteger.default(64),
    intermediate_size: positiveInteger.default(24576),
    hidden_act: activation.default('gelu'),
    max_position_embeddings: positiveInteger.default(2048),
    layer_norm_eps: positiveNumber.default(1e-5),
    tie_word_embeddings: flag.default(false),
    use_parallel_residual: flag.default(true),
    attention_bias: flag.default(true),
    rotary_pct: positiveNumber.nullish(),
    rotary_emb_base: positiveNumber.nullish(),
    add_cross_attention: only(false, 'cross attention is not supported'),
  })
  .refine((raw) => raw.hidden_size % raw.num_attention_heads === 0, multipleOf('hidden_size', 'num_attention_heads'));

/** Checks a config.json of GPT-NeoX; keys with a default in transformers may be left out. Throws E_CONFIG. */
export function gptNeoxConfig(config: unknown): GptNeoxConfig {
  const raw = parseConfig(schema, config);
  const headWidth = raw.hidden_size / raw.num_attention_heads;
  // Its own names stand for those of other families
  const given = {
    ...(config as Record<string, unknown>),
    partial_rotary_factor: raw.rotary_pct ?? 0.25,
    rope_theta: raw.rotary_emb_base ?? undefined,
  };
  const sizes = { width: headWidth, positions: raw.max_position_embeddings, inPart: true };
  const { rope, warnings } = readRope(given, sizes);
  const alike = longestAlike(rope);
  return {
    vocabulary: raw.vocab_size,
    positions: longest(rope),
    ...(alike === undefined ? {} : { padded: { most: alike, why: `rope_type ${rope.scaling.rope_type}` } }),
    width: raw.hidden_size,
    inner: raw.intermediate_size,
    layers: raw.num_hidden_layers,
    heads: raw.num_attention_heads,
    headWidth,
    activation: raw.hidden_act,
    epsilon: raw.layer_norm_eps,
    rotary: ofWholeHeads(rotaryOf(rope), headWidth),
    turned: rope.width,
    scoreFactor: scoreFactor(rope),
    parallel: raw.use_parallel_residual,
    biased: raw.attention_bias,
    tied: raw.tie_word_embeddings,
    warnings,
  };
}
