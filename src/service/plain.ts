import type { Kernels } from '../kernels/index.ts';
import type { Model } from '../models/model.ts';
import type { Past } from '../ops/ops.ts';
import { hotInput, maskInput, type PlainValue, type PlainWeights, plainOps } from '../ops/plain.ts';
import type { Opened, Query } from './client.ts';

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

/** How far apart two computations of a value are, over so many numbers. */
export type Difference = { name: string; max: number; sum: number; count: number };

/** Of each opened layer and of the output, which is called `output`. */
export function differences(
  plain: PlainAnswer,
  layers: readonly Opened[],
  output: Float64Array,
  name: string,
): Difference[] {
  const rows = layers.map((layer) => difference(layer.name, layer.data, plain.layers.get(layer.name)!));
  return [...rows, difference(name, output, plain.output)];
}

function difference(name: string, secure: Float64Array, plain: Float32Array): Difference {
  let [max, sum] = [0, 0];
  secure.forEach((value, i) => {
    const distance = Math.abs(value - plain[i]!);
    if (!(distance <= max) && !Number.isNaN(max)) max = distance; // NaN is no agreement, and stays
    sum += distance;
  });
  return { name, max, sum, count: secure.length };
}

/** Differences of the same layers over several texts. */
export function mergeDifferences(
  lists: readonly (readonly Difference[])[],
): { name: string; max: number; mean: number }[] {
  return lists[0]!.map(({ name }, i) => {
    const all = lists.map((list) => list[i]!);
    const total = (of: (difference: Difference) => number) => all.reduce((n, one) => n + of(one), 0);
    return {
      name,
      max: Math.max(...all.map(({ max }) => max)),
      mean: total(({ sum }) => sum) / total((one) => one.count),
    };
  });
}
