import type { PlainAnswer } from '../plaintext/plain.ts';
import type { OpenedTensor } from '../runtime/client.ts';

/** How far apart two computations of a value are, over so many numbers. */
export type Difference = { name: string; max: number; sum: number; count: number };

/** Of each opened layer and of the output, which is called `output`. */
export function differences(
  plain: PlainAnswer,
  layers: readonly OpenedTensor[],
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
