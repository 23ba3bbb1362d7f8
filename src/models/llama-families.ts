/** What the relatives of LLaMA differ in, by `model_type`. */

type Flags = { attention_bias: boolean; mlp_bias: boolean };

export type LlamaFamily = {
  /** What transformers takes where config.json says nothing; of heads of keys, as many as there are heads. */
  positions: number;
  keyHeads?: number;
  headWidth?: number;
  epsilon?: number;
  window?: number;
  /** Which layers have windows: all; those that config.json says, if it says that there are windows; or all, but for what is generated only. */
  windows: 'all' | 'said' | 'later';
  /** Which linear layers have biases. */
  biases(flags: Flags): { query: boolean; context: boolean; mlp: boolean };
  /** Each head of queries and keys is normalised before it is turned. */
  normed?: true;
  /** Queries, keys and values are one layer of the file, and so are gate and up. */
  fused?: true;
  /** A part of each head is turned, if config.json says so. */
  inPart?: true;
  /** What its rope is read from. */
  rope?(config: Record<string, unknown>): Record<string, unknown>;
  /** Where a text grows longer than it was trained on, transformers turns all keys anew: refused. */
  turnsAnew?: true;
};

const NONE = { query: false, context: false, mlp: false };

export const LLAMA_FAMILIES: Readonly<Record<string, LlamaFamily>> = {
  llama: {
    ...{ positions: 2048, windows: 'later' },
    biases: ({ attention_bias: all, mlp_bias: mlp }) => ({ query: all, context: all, mlp }),
  },
  mistral: { positions: 131072, keyHeads: 8, window: 4096, windows: 'all', biases: () => NONE },
  qwen2: {
    ...{ positions: 32768, keyHeads: 32, window: 4096, windows: 'said' },
    biases: () => ({ ...NONE, query: true }),
  },
  qwen3: {
    ...{ positions: 32768, keyHeads: 32, headWidth: 128, window: 4096, windows: 'said', normed: true },
    biases: ({ attention_bias: all }) => ({ query: all, context: all, mlp: false }),
  },
  phi3: {
    ...{ positions: 4096, epsilon: 1e-5, windows: 'all', fused: true, inPart: true, turnsAnew: true },
    biases: () => NONE,
    rope: phi3Rope,
  },
};

/** Older names of longrope, and a trained length whatever the rest says. */
function phi3Rope(config: Record<string, unknown>): Record<string, unknown> {
  const renamed = (given: unknown): unknown => {
    if (typeof given !== 'object' || given === null || Object.keys(given).length === 0) return given;
    const { type = 'default', rope_type = type, ...rest } = given as Record<string, unknown>;
    const longrope = rope_type === 'su' || rope_type === 'yarn';
    return { ...rest, rope_type: longrope ? 'longrope' : rope_type };
  };
  const { rope_scaling: scaling, rope_parameters: parameters, original_max_position_embeddings: trained } = config;
  return {
    ...config,
    rope_scaling: renamed(scaling),
    rope_parameters: renamed(parameters),
    original_max_position_embeddings: trained ?? 4096,
  };
}
