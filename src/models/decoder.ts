import type { Head } from '../heads/head.ts';
import type { Ops } from '../ops/ops.ts';
import type { Shape } from './architecture.ts';
import type { Input } from './model.ts';

/** One layer of a decoder. x [n, width] -> [m, width]: m = n, in the last layer 1 unless `every` */
export type Layer<C> = <T>(c: C, ops: Ops<T>, i: number, x: T, input: Input<T>) => Promise<T>;

/**
 * The forward() of a decoder: rows of a table, layer after layer, an RMSNorm and the head, which reads the last token, or every
 * one. -> [1 or n, outputs]
 */
export async function decode<T, C extends Shape & { epsilon: number }>(
  c: C,
  head: Head,
  ops: Ops<T>,
  input: Input<T>,
  layer: Layer<C>,
): Promise<T> {
  const table = 'embeddings.table';
  const words = await ops.stage<T>(input.rows, (o, rows) => o.embed(rows, table)); // [n, columns of the rows] -> [n, width]
  let x: T = await ops.add('embeddings', words); // [n, width]
  await ops.tap('embeddings', x);

  for (let i = 0; i < c.layers; i++) {
    x = await ops.stage<T>(x, (o, x) => layer(c, o, i, x, input));
    await ops.tap(`layer.${i}`, x);
  }
  return head.forward(ops, await ops.normaliseRms(x, c.epsilon, 'head')); // [m, width] -> [m, outputs]
}
