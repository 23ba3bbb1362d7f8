import { setImmediate as pause } from 'node:timers/promises';
import type { PlannedTensor, ReadTensor } from '../models/model.ts';
import { clearUnusable, refuseNotFinite } from '../models/plan/finite.ts';
import type { TensorNorms } from './proved.ts';

export type NormsOptions = {
  plan: readonly PlannedTensor[];
  read: ReadTensor;
  signal?: AbortSignal | undefined;
  /** Told after each tensor. */
  onTensor?(done: number): void;
};

/** Norms of every planned tensor, by name: reads the whole checkpoint once, a tensor at a time. */
export async function weightNorms(options: NormsOptions): Promise<Map<string, TensorNorms>> {
  const { plan, read, signal, onTensor } = options;
  const found = new Map<string, TensorNorms>();
  for (const [i, tensor] of plan.entries()) {
    signal?.throwIfAborted();
    const { name, kind, shape } = tensor;
    const data = await tensor.build(read);
    if (kind === 'table') clearUnusable(data, shape.at(-1)!);
    const norms = normsOf(data, shape);
    if (!Number.isFinite(norms.all)) await refuseNotFinite(tensor, read);
    found.set(name, norms);
    onTensor?.(i + 1);
    await pause();
  }
  return found;
}

/** Of a matrix its rows are measured, of a vector all of it. Sums of squares in doubles. */
export function normsOf(data: Float32Array, shape: readonly number[]): TensorNorms {
  const cols = shape.length > 1 ? shape.at(-1)! : data.length;
  let [largest, row, all] = [0, 0, 0];
  for (let from = 0; from < data.length; from += cols) {
    let square = 0;
    for (let i = from; i < from + cols; i++) {
      const x = Math.abs(data[i]!);
      square += x * x;
      if (x > largest) largest = x;
    }
    all += square;
    if (square > row) row = square;
  }
  return { shape, largest, row: Math.sqrt(row), all: Math.sqrt(all) };
}
