/** Real checkpoints with the values that transformers computes (scripts/real), and what tests measure. */
import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, inject } from 'vitest';

/** Folders and files; null for reference values whose data set is not there. */
export type Real = {
  cache: string;
  smollm2: string;
  minilm: string;
  texts: string;
  wikitext: string;
  windows: string | null;
  sentences: string | null;
  /** What is measured, an object a line, until the end of the run. */
  log: string;
};

declare module 'vitest' {
  interface ProvidedContext {
    real: Real;
  }
}

export const real = inject('real');

export const reference = (folder: string) => JSON.parse(readFileSync(join(folder, 'reference.json'), 'utf8'));

/** Row after row of a matrix, for all cases. */
export function matrix(folder: string, name: string): Float32Array {
  const bytes = readFileSync(join(folder, `${name}.f32`));
  return new Float32Array(new Uint8Array(bytes).buffer);
}

/** The reason for a skipped test. */
export const NO_DATA = 'its data set is missing: PUMA_DATA names the folder of data sets';

export type Measured = {
  model: string;
  what: string;
  secure?: number;
  clear?: number;
  /** What the limit is for: the largest of some distances. */
  difference: number;
  limit: number;
  /** Of the same distances. */
  mean?: number;
  seconds?: number;
  bytes?: number;
  ok: boolean;
  details?: unknown;
};

type More = Partial<Pick<Measured, 'secure' | 'clear' | 'seconds' | 'bytes' | 'details'>>;

/**
 * Figures of a model. Each is kept for the report: the test goes on, and fails in the end if the largest distance is past its limit or no
 * number.
 */
export const measuring =
  (model: string) =>
  (what: string, limit: number, { max, mean }: { max: number; mean?: number }, more: More = {}): void => {
    const row = { model, what, ...more, difference: max, mean, limit, ok: max <= limit };
    appendFileSync(real.log, `${JSON.stringify(row)}\n`);
    expect.soft(max, `${model}, ${what}`).toBeLessThanOrEqual(limit);
  };

/** Distances of values: add() many lists. */
export class Distances {
  max = 0;
  #sum = 0;
  #count = 0;

  add(values: ArrayLike<number>, right: ArrayLike<number>): void {
    expect(values.length).toBe(right.length);
    for (let i = 0; i < values.length; i++) {
      const distance = Math.abs(values[i]! - right[i]!);
      if (!(distance <= this.max) && !Number.isNaN(this.max)) this.max = distance; // NaN stays
      this.#sum += distance;
    }
    this.#count += values.length;
  }

  get mean(): number {
    return this.#sum / this.#count;
  }
}
