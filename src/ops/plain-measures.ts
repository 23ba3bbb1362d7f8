/** How far values in the clear go. What is no number counts as boundless. */
import type { Bound } from './bounds.ts';
import type { AttentionWatch } from './plain-attention.ts';
import type { PlainValue } from './plain-values.ts';

/** The largest magnitude. */
export const largest = ({ data }: PlainValue): Bound => ({ most: magnitude(data) });

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

/** What attention computes with on the way. */
export class ScoreRanges implements AttentionWatch {
  /** Magnitude of the scores that count, and the largest distance of two in a row. */
  readonly scores = { most: 0 };
  readonly spread = { most: 0 };
  /** How far scores of padded keys lie below and above the largest one that counts. */
  readonly below = { most: 0 };
  readonly above = { most: 0 };
  /** Magnitude of a row's sum of 2^(score - max) value. */
  readonly context = { most: 0 };

  constructor(private readonly mask: Float32Array | undefined) {}

  row(scores: Float32Array): void {
    let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (let j = 0; j < scores.length; j++) {
      if (this.mask?.[j] === 0) continue;
      this.scores.most = wider(this.scores.most, Math.abs(scores[j]!));
      low = Math.min(low, scores[j]!);
      high = Math.max(high, scores[j]!);
    }
    if (low > high) return; // a padded row, which sees nothing: nobody reads it
    this.spread.most = wider(this.spread.most, high - low);
    for (let j = 0; j < scores.length; j++) {
      if (this.mask?.[j] !== 0) continue;
      this.below.most = wider(this.below.most, high - scores[j]!);
      this.above.most = wider(this.above.most, scores[j]! - high);
    }
  }

  /** The largest of the weights p = 2^(score - max) / sum is 1 / sum. */
  result(context: Float32Array, weights: Float32Array): void {
    const top = weights.reduce((a, b) => Math.max(a, b), 0);
    if (top > 0) this.context.most = wider(this.context.most, magnitude(context) / top);
  }
}
