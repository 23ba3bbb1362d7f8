import { z } from 'zod';
import { PumaError } from '../errors.ts';
import type { Activation } from '../ops/ops.ts';
import type { Rotary } from '../ops/rotary.ts';
import { activation } from './activations.ts';
import type { Shape } from './architecture.ts';
import { flag, multipleOf, parseConfig, positiveInteger, positiveNumber } from './config.ts';
import { LLAMA_FAMILIES, type LlamaFamily } from './llama-families.ts';
import { readRope } from './rope/read.ts';
import { longest, longestAlike, ofWholeHeads, rotaryOf, scoreFactor } from './rope/turns.ts';

export type LlamaConfig = Shape & {
  keyHeads: number;
  headWidth: number;
  activation: Activation;
  epsilon: number;
  rotary: Rotary;
  /** How many columns of each head are turned, and what that multiplies their part of scores by. */
  turned: number;
  scoreFactor: number;
  /** The length up to which angles stay, where a text must not grow across it. */
  grows: number | undefined;
  tied: boolean;
  /** Which linear layers have biases. */
  biases: { query: boolean; context: boolean; mlp: boolean };
  /** Layer by layer, how many positions a token sees, itself included; all of them when undefined. */
  windows: readonly (number | undefined)[];
  /** Windows are for the tokens that follow a text, not for those of the text. */
  windowsLater: boolean;
  normed: boolean;
  fused: boolean;
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
    rms_norm_eps: positiveNumber.optional(),
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

/** Checks a config.json of LLaMA or a relative; keys with a default in transformers may be left out. Throws E_CONFIG. */
export function llamaConfig(config: unknown, family: string): LlamaConfig {
  const own = LLAMA_FAMILIES[family]!;
  const raw = parseConfig(schema, config);
  const headWidth = raw.head_dim ?? own.headWidth ?? raw.hidden_size / raw.num_attention_heads;
  const sizes = { width: headWidth, positions: raw.max_position_embeddings ?? own.positions };
  const given = config as Record<string, unknown>;
  const { rope, warnings } = readRope(own.rope?.(given) ?? given, { ...sizes, inPart: own.inPart ?? false });
  const alike = longestAlike(rope);
  const { num_attention_heads: heads, num_key_value_heads: keyHeads } = raw;
  const windows = windowsOf(raw, own);
  return {
    vocabulary: raw.vocab_size,
    positions: longest(rope),
    ...(alike === undefined ? {} : { padded: { most: alike, why: `rope_type ${rope.scaling.rope_type}` } }),
    width: raw.hidden_size,
    inner: raw.intermediate_size,
    layers: raw.num_hidden_layers,
    heads,
    keyHeads: keyHeads === undefined ? (own.keyHeads ?? heads) : (keyHeads ?? heads),
    headWidth,
    activation: raw.hidden_act,
    epsilon: raw.rms_norm_eps ?? own.epsilon ?? 1e-6,
    rotary: ofWholeHeads(rotaryOf(rope), headWidth),
    turned: rope.width,
    scoreFactor: scoreFactor(rope),
    grows: own.turnsAnew ? alike : undefined,
    tied: raw.tie_word_embeddings,
    biases: own.biases(raw),
    windows,
    windowsLater: own.windows === 'later',
    normed: own.normed ?? false,
    fused: own.fused ?? false,
    inParts: own.windows === 'later' ? shortest(windows, alike ?? longest(rope)) : alike,
    warnings,
  };
}

/** Within every window nothing is out of sight, whichever tokens the windows are for. */
const shortest = (windows: readonly (number | undefined)[], most: number): number =>
  Math.min(most, ...windows.map((window) => window ?? most));

type Raw = z.output<typeof schema>;

/** LLaMA has no windows; but where its config.json names one, transformers keeps no more than that of what tokens are generated from. */
function windowsOf(raw: Raw, own: LlamaFamily): (number | undefined)[] {
  const { num_hidden_layers: layers, layer_types: types, max_window_layers: full } = raw;
  const window = raw.sliding_window === undefined ? own.window : (raw.sliding_window ?? undefined);
  if (own.windows === 'all') return Array(layers).fill(window);
  const used = own.windows === 'later' || raw.use_sliding_window ? window : undefined;
  if (types) checkTypes(types, layers, used);
  const slides = (i: number) => (types ? types[i] === 'sliding_attention' : own.windows === 'later' || i >= full);
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
