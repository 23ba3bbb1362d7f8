/** Linear layers that are cut out of a wider one, or whose outputs come in another order. */
import type { Build, Dense } from './tensors.ts';

/** Outputs in this order, each times its factor. */
export function picked(
  { inputs, weight, bias }: Dense,
  order: readonly number[],
  factor?: (at: number) => number,
): Dense {
  const taken =
    (build: Build, cols: number): Build =>
    async (read) => {
      const all = await build(read);
      const out = new Float32Array(order.length * cols);
      order.forEach((from, to) => {
        const row = all.subarray(from * cols, (from + 1) * cols);
        const times = factor?.(to) ?? 1;
        out.set(times === 1 ? row : row.map((x) => x * times), to * cols);
      });
      return out;
    };
  return { inputs, outputs: order.length, weight: taken(weight, inputs), ...(bias ? { bias: taken(bias, 1) } : {}) };
}

export const range = (from: number, count: number): number[] => Array.from({ length: count }, (_, i) => from + i);

/**
 * Where the columns of heads come from, so that the `turned` first of each, whose halves are turned against each other, lie in the halves of
 * the whole head: then a head is turned as a whole, by angles of 0 where it is not turned. Scores are the same: queries and keys have one order.
 */
function turnedOrder(heads: number, width: number, turned: number): number[] {
  const [half, rest] = [turned / 2, (width - turned) / 2];
  const one = [...range(0, half), ...range(turned, rest), ...range(half, half), ...range(turned + rest, rest)];
  return Array.from({ length: heads }, (_, head) => one.map((column) => head * width + column)).flat();
}

type Turned = { heads: number; headWidth: number; turned: number; factor?: number };

/** A layer of queries or keys in that order; `factor` is one on what is turned. */
export function inHalvesOf(from: Dense, { heads, headWidth, turned, factor = 1 }: Turned): Dense {
  const isTurned = (at: number) => at % (headWidth / 2) < turned / 2;
  return picked(from, turnedOrder(heads, headWidth, turned), (at) => (isTurned(at) ? factor : 1));
}
