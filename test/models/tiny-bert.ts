/** A BERT with random weights, and BERT once more: straight from the paper, in float64, nothing folded, nothing shared with src. */
import type { ReadTensor, Tensor } from '../../src/models/model.ts';

export const CONFIG = {
  architectures: ['BertForSequenceClassification'],
  model_type: 'bert',
  vocab_size: 23,
  type_vocab_size: 2,
  max_position_embeddings: 11,
  hidden_size: 12,
  intermediate_size: 20,
  num_hidden_layers: 2,
  num_attention_heads: 3,
  hidden_act: 'gelu_new',
  layer_norm_eps: 1e-12,
  id2label: { 0: 'negative', 1: 'neutral', 2: 'positive' },
};

export type TinyConfig = Omit<typeof CONFIG, 'id2label'> & { id2label: Record<string, string> };

export type Weights = Map<string, Tensor>;

/** Numbers in (-1, 1) from a seed: mulberry32. */
export function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 31 - 1;
  };
}

/** Random weights of a config, in the spelling of transformers. */
export function randomWeights(config: TinyConfig, seed = 1): Weights {
  const next = random(seed);
  const weights: Weights = new Map();
  const tensor = (name: string, shape: number[], about = 0, scale = 1) => {
    const data = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => about + scale * next());
    weights.set(name, { shape, data });
  };
  const linear = (name: string, inputs: number, outputs: number) => {
    tensor(`${name}.weight`, [outputs, inputs], 0, 1.5 / Math.sqrt(inputs));
    tensor(`${name}.bias`, [outputs]);
  };
  const norm = (name: string) => {
    tensor(`${name}.weight`, [config.hidden_size], 1, 0.8);
    tensor(`${name}.bias`, [config.hidden_size]);
  };
  const width = config.hidden_size;
  tensor('bert.embeddings.word_embeddings.weight', [config.vocab_size, width]);
  tensor('bert.embeddings.position_embeddings.weight', [config.max_position_embeddings, width]);
  tensor('bert.embeddings.token_type_embeddings.weight', [config.type_vocab_size, width]);
  norm('bert.embeddings.LayerNorm');
  for (let i = 0; i < config.num_hidden_layers; i++) {
    const layer = `bert.encoder.layer.${i}`;
    for (const part of ['query', 'key', 'value']) linear(`${layer}.attention.self.${part}`, width, width);
    linear(`${layer}.attention.output.dense`, width, width);
    norm(`${layer}.attention.output.LayerNorm`);
    linear(`${layer}.intermediate.dense`, width, config.intermediate_size);
    linear(`${layer}.output.dense`, config.intermediate_size, width);
    norm(`${layer}.output.LayerNorm`);
  }
  linear('bert.pooler.dense', width, width);
  linear('classifier', width, Object.keys(config.id2label).length);
  return weights;
}

export function reader(weights: Weights): ReadTensor {
  return async (name, shape) => {
    const tensor = weights.get(name);
    if (!tensor) throw new Error(`no tensor ${name}`);
    if (`${tensor.shape}` !== `${shape}`) throw new Error(`${name} is [${tensor.shape}], not [${shape}]`);
    return tensor;
  };
}

type Matrix = number[][];
export type Reference = { hidden: Matrix[]; pooled: number[]; logits: number[] };

const ACTS: Record<string, (x: number) => number> = {
  gelu_new: (x) => 0.5 * x * (1 + Math.tanh(0.7978845608028654 * (x + 0.044715 * x ** 3))),
  relu: (x) => Math.max(0, x),
  silu: (x) => x / (1 + Math.exp(-x)),
  tanh: (x) => Math.tanh(x),
};

/** Hidden states (the embeddings, then every layer), pooled output and logits. */
export function reference(
  config: TinyConfig,
  weights: Weights,
  ids: readonly number[],
  types: readonly number[] = ids.map(() => 0),
  mask: readonly number[] = ids.map(() => 1),
): Reference {
  const matrix = (name: string): Matrix => {
    const { shape, data } = weights.get(name)!;
    const cols = shape.at(-1)!;
    return Array.from({ length: data.length / cols }, (_, r) => [...data.subarray(r * cols, (r + 1) * cols)]);
  };
  const dot = (a: number[], b: number[]) => a.reduce((sum, value, i) => sum + value * b[i]!, 0);
  const plus = (...rows: number[][]) => rows[0]!.map((_, c) => rows.reduce((sum, row) => sum + row[c]!, 0));
  const linear = (x: Matrix, name: string): Matrix => {
    const w = matrix(`${name}.weight`);
    const b = matrix(`${name}.bias`)[0]!;
    return x.map((row) => w.map((out, o) => dot(row, out) + b[o]!));
  };
  const norm = (x: Matrix, name: string): Matrix => {
    const gamma = matrix(`${name}.weight`)[0]!;
    const beta = matrix(`${name}.bias`)[0]!;
    return x.map((row) => {
      const mean = row.reduce((a, b) => a + b) / row.length;
      const variance = row.reduce((sum, v) => sum + (v - mean) ** 2, 0) / row.length;
      return row.map((v, c) => ((v - mean) / Math.sqrt(variance + config.layer_norm_eps)) * gamma[c]! + beta[c]!);
    });
  };

  const word = matrix('bert.embeddings.word_embeddings.weight');
  const position = matrix('bert.embeddings.position_embeddings.weight');
  const type = matrix('bert.embeddings.token_type_embeddings.weight');
  let x = norm(
    ids.map((id, i) => plus(word[id]!, position[i]!, type[types[i]!]!)),
    'bert.embeddings.LayerNorm',
  );
  const hidden = [x];
  const size = config.hidden_size / config.num_attention_heads;
  for (let l = 0; l < config.num_hidden_layers; l++) {
    const layer = `bert.encoder.layer.${l}`;
    const [q, k, v] = ['query', 'key', 'value'].map((part) => linear(x, `${layer}.attention.self.${part}`)) as [
      Matrix,
      Matrix,
      Matrix,
    ];
    const context = q.map((query) =>
      query.map((_, c) => {
        const from = Math.floor(c / size) * size;
        const head = (row: number[]) => row.slice(from, from + size);
        const e = k.map((key, j) => (mask[j] ? Math.exp(dot(head(query), head(key)) / Math.sqrt(size)) : 0));
        return e.reduce((sum, p, j) => sum + p * v[j]![c]!, 0) / e.reduce((a, b) => a + b);
      }),
    );
    const attended = linear(context, `${layer}.attention.output.dense`);
    const middle = norm(
      attended.map((row, i) => plus(row, x[i]!)),
      `${layer}.attention.output.LayerNorm`,
    );
    const up = linear(middle, `${layer}.intermediate.dense`).map((row) => row.map(ACTS[config.hidden_act]!));
    const down = linear(up, `${layer}.output.dense`);
    x = norm(
      down.map((row, i) => plus(row, middle[i]!)),
      `${layer}.output.LayerNorm`,
    );
    hidden.push(x);
  }
  const pooled = linear([x[0]!], 'bert.pooler.dense')[0]!.map(Math.tanh);
  return { hidden, pooled, logits: linear([pooled], 'classifier')[0]! };
}
