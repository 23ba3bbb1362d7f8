import { loadKernels } from '../../src/kernels/index.ts';
import type { Model, ReadTensor } from '../../src/models/model.ts';
import { plannedWeights } from '../../src/models/weights.ts';
import { hotInput, maskInput, plainOps } from '../../src/ops/plain.ts';

export type Query = { ids: readonly number[]; types?: readonly number[]; mask?: readonly number[] };

export type Run = { output: number[]; taps: Map<string, Float32Array> };

/** One text through a model in the clear. */
export async function run(model: Model, names: ReadonlySet<string>, read: ReadTensor, query: Query): Promise<Run> {
  const { ids, types = ids.map(() => 0), mask } = query;
  const taps = new Map<string, Float32Array>();
  const ops = plainOps(loadKernels(), plannedWeights(model.plan(names), read), {
    onTap: (name, value) => taps.set(name, value.data),
  });
  const rows = hotInput(model.hotRows(ids, types));
  const output = await model.forward(ops, { tokens: ids.length, rows, mask: mask && maskInput(mask) });
  return { output: [...output.data], taps };
}

/** The largest difference of two lists of one length; NaN is no agreement. */
export function distance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) throw new Error(`lengths ${a.length} and ${b.length}`);
  let worst = 0;
  for (let i = 0; i < a.length; i++) {
    const difference = Math.abs(a[i]! - b[i]!);
    worst = difference <= worst ? worst : Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference;
  }
  return worst;
}
