import { z } from 'zod';
import { PumaError } from '../../errors.ts';
import type { Activation } from '../../ops/ops.ts';
import type { Rotary } from '../../ops/rotary.ts';
import { activation } from '../activations.ts';
import type { Shape } from '../architecture.ts';
import { flag, multipleOf, only, parseConfig, positiveInteger, positiveNumber } from '../config.ts';
import { readRope } from '../rope/read.ts';
import { longestAlike, rotaryOf, scoreFactor } from '../rope/turns.ts';

/** What a layer of one kind sees, and how it turns what it sees. */
export type Gemma3Kind = { window: number | undefined; rotary: Rotary; scale: number };

export type Gemma3Config = Shape & {
  keyHeads: number;
  headWidth: number;
  activation: Activation;
  epsilon: number;
  tied: boolean;
  /** Whether the layers of attention have biases. */
  biased: boolean;
  /** Layer by layer. */
  kinds: readonly Gemma3Kind[];
};

const LAYER_TYPES = 'expected full_attention or sliding_attention';
const parameters = z.record(z.string(), z.unknown(), 'expected an object').nullish();

const schema = z
  .object({
    vocab_size: positiveInteger.default(262208),
    hidden_size: positiveInteger.default(2304),
    intermediate_size: positiveInteger.default(9216),
    num_hidden_layers: positiveInteger.default(26),
    num_attention_heads: positiveInteger.default(8),
    num_key_value_heads: positiveInteger.default(4),
    head_dim: positiveInteger.default(256),
    hidden_activation: activation.default('gelu_new'),
    max_position_embeddings: positiveInteger.default(131072),
    rms_norm_eps: positiveNumber.default(1e-6),
    tie_word_embeddings: flag.default(true),
    attention_bias: flag.default(false),
    query_pre_attn_scalar: positiveNumber.default(256),
    sliding_window: positiveInteger.default(4096),
    sliding_window_pattern: positiveInteger.default(6),
    layer_types: z.array(z.enum(['full_attention', 'sliding_attention'], LAYER_TYPES), 'expected a list').nullish(),
    final_logit_softcapping: only(null, 'capped logits are not supported'),
    use_bidirectional_attention: z
      .literal(false, 'expected false: attention to later tokens is not supported')
      .nullish(),
    rope_theta: positiveNumber.default(1_000_000),
    rope_local_base_freq: positiveNumber.default(10_000),
    rope_scaling: parameters,
    rope_parameters: z
      .strictObject(
        { full_attention: parameters, sliding_attention: parameters },
        'expected a set for each kind of layer',
      )
      .nullish(),
  })
  .refine((raw) => raw.hidden_size % raw.num_attention_heads === 0, multipleOf('hidden_size', 'num_attention_heads'))
  .refine((raw) => raw.num_attention_heads % raw.num_key_value_heads === 0, {
    ...multipleOf('num_attention_heads', 'num_key_value_heads'),
  });

type Raw = z.output<typeof schema>;

/** Checks a config.json of Gemma 3 for texts; keys with a default in transformers may be left out. Throws E_CONFIG. */
export function gemma3Config(config: unknown): Gemma3Config {
  const raw = parseConfig(schema, config);
  const { rope_parameters: ropes } = raw;
  const full = { rope_theta: raw.rope_theta, ...ropes?.full_attention, ...raw.rope_scaling };
  const local = { rope_theta: raw.rope_local_base_freq, ...ropes?.sliding_attention };
  const warnings: string[] = [];
  const kinds = {
    full_attention: kindOf(raw, full, undefined, warnings),
    sliding_attention: kindOf(raw, local, raw.sliding_window, warnings),
  };
  return {
    vocabulary: raw.vocab_size,
    positions: raw.max_position_embeddings,
    width: raw.hidden_size,
    inner: raw.intermediate_size,
    layers: raw.num_hidden_layers,
    heads: raw.num_attention_heads,
    keyHeads: raw.num_key_value_heads,
    headWidth: raw.head_dim,
    activation: raw.hidden_activation,
    epsilon: raw.rms_norm_eps,
    tied: raw.tie_word_embeddings,
    biased: raw.attention_bias,
    kinds: typesOf(raw).map((type) => kinds[type]),
    warnings: [...new Set(warnings)],
  };
}

function kindOf(raw: Raw, rope_parameters: object, window: number | undefined, warnings: string[]): Gemma3Kind {
  const read = readRope({ rope_parameters }, { width: raw.head_dim, positions: raw.max_position_embeddings });
  warnings.push(...read.warnings);
  const { scaling } = read.rope;
  if (scaling.rope_type === 'dynamic' || longestAlike(read.rope) !== undefined) {
    const message = `config.json: rope_type ${scaling.rope_type} is not supported for Gemma 3`;
    throw new PumaError('E_CONFIG', message, 'use the config.json that came with the checkpoint');
  }
  const scale = (Math.LOG2E * scoreFactor(read.rope)) / Math.sqrt(raw.query_pre_attn_scalar); // attention() is in base 2
  return { window, rotary: rotaryOf(read.rope), scale };
}

/** Every sixth layer sees all tokens, unless config.json says otherwise. */
function typesOf({ num_hidden_layers: layers, layer_types: types, sliding_window_pattern: pattern }: Raw) {
  if (types && types.length !== layers) {
    const message = `config.json: layer_types has ${types.length} layers, num_hidden_layers is ${layers}`;
    throw new PumaError('E_CONFIG', message, 'use the config.json that came with the checkpoint');
  }
  const usual = (i: number) => ((i + 1) % pattern === 0 ? ('full_attention' as const) : ('sliding_attention' as const));
  return types ?? Array.from({ length: layers }, (_, i) => usual(i));
}
