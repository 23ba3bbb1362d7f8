import type { Kernels } from '../kernels/index.ts';
import type { Model } from '../models/model.ts';
import type { Query } from '../models/query.ts';
import type { Past } from '../ops/ops.ts';
import { hotInput, maskInput, type PlainValue, type PlainWeights, plainOps } from '../ops/plain.ts';

export type PlainAnswer = {
  output: Float32Array;
  /** Every value that the model taps, by name. */
  layers: Map<string, Float32Array>;
};

export type PlainOptions = {
  kernels: Pick<Kernels, 'matmulFloat'>;
  model: Model;
  weights: PlainWeights;
  onProgress?(name: string): void;
  signal?: AbortSignal;
};

/** One query through the model in the clear; with a `past`, it goes on where that ended. */
export async function inferPlain(
  options: PlainOptions,
  { ids, types, mask, reveal, from = 0, position = from }: Query,
  past?: readonly Past<PlainValue>[],
): Promise<PlainAnswer> {
  const { kernels, model, weights, onProgress, signal } = options;
  const layers = new Map<string, Float32Array>();
  const ops = plainOps(kernels, patient(weights, signal), {
    onTap(name, { data }) {
      layers.set(name, data);
      onProgress?.(name);
    },
  });
  const input = {
    tokens: ids.length,
    rows: hotInput(model.hotRows(ids, types, position)),
    every: reveal === 'every',
    ...(mask ? { mask: maskInput(mask) } : {}),
    ...(past ? { past } : {}),
  };
  const { data } = await model.forward<PlainValue>(ops, input);
  return { output: data, layers };
}

/** The same weights, which let other work of this process run before each tensor, and throw once the signal is aborted. */
export const patient = (weights: PlainWeights, signal?: AbortSignal): PlainWeights => ({
  has: (name) => weights.has(name),
  get: async (name) => {
    await new Promise(setImmediate); // lets Ctrl-C through between layers
    signal?.throwIfAborted();
    return weights.get(name);
  },
});
