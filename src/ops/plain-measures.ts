/** How far values in the clear go. What is no number counts as boundless. */
import type { Bound } from './bounds.ts';
import type { AttentionWatch } from './plain-attention.ts';
import type { PlainValue } from './plain-values.ts';

/** The largest magnitude. */
export const largest = ({ data }: PlainValue): Bound => largestOf(data);

export const largestOf = (data: Float32Array): Bound => ({ most: magnitude(data) });

function magnitude(data: Float32Array): number {
  let most = 0;
  for (const x of data) most = wider(most, Math.abs(x));
  return most;
}

const wider = (most: number, x: number): number => (x <= most ? most : Number.isNaN(x) ? Number.POSITIVE_INFINITY : x);

/** Of the rows' mean squares, or variances when `centred`, plus epsilon: the smallest and the largest. */
export function rowRange({ shape: [rows, cols], data }: PlainValue, centred: boolean, epsilon: number): Bound {
  let [least, most] = [Number.POSITIVE_INFINITY, 0];
  for (let r = 0; r < rows; r++) {
    const row = data.subarray(r * cols, (r + 1) * cols);
    const mean = centred ? row.reduce((sum, x) => sum + x, 0) / cols : 0;
    const square = row.reduce((sum, x) => sum + (x - mean) ** 2, 0) / cols + epsilon;
    least = Math.min(least, square);
    most = wider(most, square);
  }
  return { least, most };
}

/** The largest distance between two entries of a row. */
export function gaps({ shape: [rows, cols], data }: PlainValue): Bound {
  let most = 0;
  for (let r = 0; r < rows; r++) {
    let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (let c = 0; c < cols; c++) {
      low = Math.min(low, data[r * cols + c]!);
      high = Math.max(high, data[r * cols + c]!);
    }
    most = wider(most, high - low);
  }
  return { most };
}

/** Magnitudes of scores on the way; those of padded keys count too, for they are computed with. */
export class ScoreRanges implements AttentionWatch {
  readonly scores = { most: 0 };

  row(scores: Float32Array): void {
    this.scores.most = wider(this.scores.most, magnitude(scores));
  }
}
