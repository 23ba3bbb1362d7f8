/** Values of a checkpoint that are no numbers: which rows of a table nobody can use, and which tensor is damaged. */
import { PumaError } from '../../errors.ts';
import type { PlannedTensor, ReadTensor } from '../model.ts';

/**
 * Puts zeros in the rows of a table that hold NaN or infinity, and tells which they are. A text without these tokens has the same answer;
 * one with them is refused (runtime/client.ts).
 */
export function clearUnusable(table: Float32Array, cols: number): number[] {
  const rows: number[] = [];
  for (let from = 0; from < table.length; from += cols) {
    let sum = 0;
    for (let i = from; i < from + cols; i++) sum += table[i]! * 0; // 0, or NaN of a value that is not finite
    if (sum === 0) continue;
    table.fill(0, from, from + cols);
    rows.push(from / cols);
  }
  return rows;
}

/** Throws E_RANGE for a tensor that is not finite, naming the one in the file that is to blame. */
export async function refuseNotFinite({ name: planned, build }: PlannedTensor, read: ReadTensor): Promise<never> {
  const built = await build(async (name, shape) => {
    const tensor = await read(name, shape);
    const at = tensor.data.findIndex((value) => !Number.isFinite(value));
    if (at < 0) return tensor;
    throw notFinite(name, at, tensor.data[at]!);
  });
  const at = built.findIndex((value) => !Number.isFinite(value));
  throw notFinite(planned, at, built[at]!);
}

const notFinite = (name: string, at: number, value: number): PumaError =>
  new PumaError(
    'E_RANGE',
    `element ${at} of ${JSON.stringify(name)} is ${value}: not finite`,
    'The checkpoint is damaged: fetch it again.',
  );
