import { z } from 'zod';
import { PumaError } from '../errors.ts';
import type { Activation } from '../ops/ops.ts';
import type { Rotary } from '../ops/rotary.ts';
import { activation } from './activations.ts';
import type { Shape } from './architecture.ts';
import { flag, multipleOf, parseConfig, positiveInteger, positiveNumber } from './config.ts';
import { readRope } from './rope/read.ts';
import { longest, longestAlike, rotaryOf, scoreFactor } from './rope/turns.ts';

export type LlamaConfig = Shape & {
  keyHeads: number;
  headWidth: number;
  activation: Activation;
  epsilon: number;
  rotary: Rotary;
  /** What rotary embeddings multiply scores by. */
  scoreFactor: number;
  tied: boolean;
  /** Which linear layers have biases. */
  biases: { query: boolean; context: boolean; mlp: boolean };
  /** Layer by layer, how many positions a token sees, itself included; all of them when undefined. */
  windows: readonly (number | undefined)[];
  /** Windows are for the tokens that follow a text, not for those of the text. */
  windowsLater: boolean;
};

const LAYER_TYPES = 'expected full_attention or sliding_attention';

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
    max_position_embeddings: positiveInteger.optional(),
    rms_norm_eps: positiveNumber.default(1e-6),
    tie_word_embeddings: flag.default(false),
    attention_bias: flag.default(false),
    mlp_bias: flag.default(false),
    sliding_window: positiveInteger.nullish(),
    use_sliding_window: flag.default(false),
    max_window_layers: z.int('expected a whole number').default(28),
    layer_types: z.array(z.enum(['full_attention', 'sliding_attention'], LAYER_TYPES), 'expected a list').nullish(),
  })
  .refine(({ head_dim: width, hidden_size: all, num_attention_heads: heads }) => width || all % heads === 0, {
    ...multipleOf('hidden_size', 'num_attention_heads'),
  })
  .refine((raw) => raw.num_attention_heads % (raw.num_key_value_heads ?? 1) === 0, {
    ...multipleOf('num_attention_heads', 'num_key_value_heads'),
  });

/** Checks a config.json of LLaMA, Mistral or Qwen2; keys with a default in transformers may be left out. Throws E_CONFIG. */
export function llamaConfig(config: unknown, family: string): LlamaConfig {
  const raw = parseConfig(schema, config);
  const headWidth = raw.head_dim ?? raw.hidden_size / raw.num_attention_heads;
  const sizes = { width: headWidth, positions: raw.max_position_embeddings ?? POSITIONS[family] ?? 2048 };
  const { rope, warnings } = readRope(config as Record<string, unknown>, sizes);
  const llama = family === 'llama';
  const alike = longestAlike(rope);
  const windows = windowsOf(raw, family);
  return {
    vocabulary: raw.vocab_size,
    positions: longest(rope),
    ...(alike === undefined ? {} : { padded: { most: alike, why: `rope_type ${rope.scaling.rope_type}` } }),
    width: raw.hidden_size,
    inner: raw.intermediate_size,
    layers: raw.num_hidden_layers,
    heads: raw.num_attention_heads,
    keyHeads: keyHeadsOf(raw, family),
    headWidth,
    activation: raw.hidden_act,
    epsilon: raw.rms_norm_eps,
    rotary: rotaryOf(rope),
    scoreFactor: scoreFactor(rope),
    tied: raw.tie_word_embeddings,
    biases: {
      query: family === 'qwen2' || (llama && raw.attention_bias),
      context: llama && raw.attention_bias,
      mlp: llama && raw.mlp_bias,
    },
    windows,
    windowsLater: llama,
    inParts: llama ? shortest(windows, alike ?? longest(rope)) : undefined,
    warnings,
  };
}

/** Within every window nothing is out of sight, whichever tokens the windows are for. */
const shortest = (windows: readonly (number | undefined)[], most: number): number =>
  Math.min(most, ...windows.map((window) => window ?? most));

type Raw = z.output<typeof schema>;

/** What transformers takes where config.json says nothing. */
const POSITIONS: Readonly<Record<string, number>> = { mistral: 131072, qwen2: 32768 };
const KEY_HEADS: Readonly<Record<string, number>> = { mistral: 8, qwen2: 32 };

const WINDOWS: Readonly<Record<string, number>> = { mistral: 4096, qwen2: 4096 };

function keyHeadsOf({ num_key_value_heads: given, num_attention_heads: heads }: Raw, family: string): number {
  return given === undefined ? (KEY_HEADS[family] ?? heads) : (given ?? heads);
}

/** LLaMA has no windows; but where its config.json names one, transformers keeps no more than that of what tokens are generated from. */
function windowsOf(raw: Raw, family: string): (number | undefined)[] {
  const { num_hidden_layers: layers, layer_types: types, max_window_layers: full } = raw;
  const window = raw.sliding_window === undefined ? WINDOWS[family] : (raw.sliding_window ?? undefined);
  if (family === 'mistral') return Array(layers).fill(window);
  const used = family === 'llama' || raw.use_sliding_window ? window : undefined;
  if (types) checkTypes(types, layers, used);
  const slides = (i: number) => (types ? types[i] === 'sliding_attention' : family === 'llama' || i >= full);
  return Array.from({ length: layers }, (_, i) => (slides(i) ? used : undefined));
}

function checkTypes(types: readonly string[], layers: number, window: number | undefined): void {
  const fail = (what: string): never => {
    throw new PumaError(
      'E_CONFIG',
      `config.json: layer_types ${what}`,
      'use the config.json that came with the checkpoint',
    );
  };
  if (types.length !== layers) fail(`has ${types.length} layers, num_hidden_layers is ${layers}`);
  if (window === undefined && types.includes('sliding_attention')) {
    fail('has sliding_attention, but there is no window: use_sliding_window is false, or sliding_window null');
  }
}
