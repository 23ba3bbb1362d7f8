import { z } from 'zod';
import type { Activation } from '../ops/ops.ts';
import type { Rotary } from '../ops/rotary.ts';
import { activation } from './activations.ts';
import type { Shape } from './architecture.ts';
import { flag, multipleOf, parseConfig, positiveInteger, positiveNumber } from './config.ts';
import { longest, type Rope, rotaryOf, scaling } from './rope.ts';

export type LlamaConfig = Shape & {
  keyHeads: number;
  headWidth: number;
  activation: Activation;
  epsilon: number;
  rotary: Rotary;
  tied: boolean;
  /** Which linear layers have biases. */
  biases: { query: boolean; context: boolean; mlp: boolean };
};

const schema = z
  .object({
    vocab_size: positiveInteger,
    hidden_size: positiveInteger,
    intermediate_size: positiveInteger,
    num_hidden_layers: positiveInteger,
    num_attention_heads: positiveInteger,
    num_key_value_heads: positiveInteger.nullish(),
    head_dim: positiveInteger.nullish(),
    hidden_act: activation.default('silu'),
    max_position_embeddings: positiveInteger.default(2048),
    rms_norm_eps: positiveNumber.default(1e-6),
    rope_theta: positiveNumber.nullish(),
    rope_scaling: scaling.optional(),
    rope_parameters: scaling.optional(),
    tie_word_embeddings: flag.default(false),
    attention_bias: flag.default(false),
    mlp_bias: flag.default(false),
    sliding_window: positiveInteger.nullish(),
    use_sliding_window: flag.default(false),
  })
  .refine((raw) => raw.hidden_size % raw.num_attention_heads === 0, multipleOf('hidden_size', 'num_attention_heads'))
  .refine((raw) => raw.num_attention_heads % (raw.num_key_value_heads ?? 1) === 0, {
    ...multipleOf('num_attention_heads', 'num_key_value_heads'),
  });

/** Checks a config.json of LLaMA, Mistral or Qwen2; keys with a default in transformers may be left out. Throws E_CONFIG. */
export function llamaConfig(config: unknown, family: string): LlamaConfig {
  const raw = parseConfig(schema, config);
  const headWidth = raw.head_dim ?? raw.hidden_size / raw.num_attention_heads;
  const rope = ropeOf(config as Record<string, unknown>, raw, headWidth);
  const llama = family === 'llama';
  const window = windowOf(family, raw);
  return {
    vocabulary: raw.vocab_size,
    positions: Math.min(longest(rope), window ?? Number.POSITIVE_INFINITY),
    width: raw.hidden_size,
    inner: raw.intermediate_size,
    layers: raw.num_hidden_layers,
    heads: raw.num_attention_heads,
    keyHeads: raw.num_key_value_heads ?? raw.num_attention_heads,
    headWidth,
    activation: raw.hidden_act,
    epsilon: raw.rms_norm_eps,
    rotary: rotaryOf(rope),
    tied: raw.tie_word_embeddings,
    biases: {
      query: family === 'qwen2' || (llama && raw.attention_bias),
      context: llama && raw.attention_bias,
      mlp: llama && raw.mlp_bias,
    },
  };
}

type Raw = z.output<typeof schema>;

/** Newer configurations keep the base beside the scaling. */
function ropeOf(config: Record<string, unknown>, raw: Raw, width: number): Rope {
  const parameters = config.rope_parameters as { rope_theta?: unknown } | null | undefined;
  const theta = z.number().positive().safeParse(parameters?.rope_theta).data ?? raw.rope_theta ?? 10000;
  const scaling = raw.rope_parameters ?? raw.rope_scaling ?? { rope_type: 'default' as const };
  return { width, theta, positions: raw.max_position_embeddings, scaling };
}

/** A text no longer than the window is the same with it and without. */
function windowOf(family: string, raw: Raw): number | undefined {
  if (family === 'llama') return undefined;
  if (family === 'qwen2' && !raw.use_sliding_window) return undefined;
  return raw.sliding_window === undefined ? 4096 : (raw.sliding_window ?? undefined);
}
