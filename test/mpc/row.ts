/** A row of the table of protocols, and the inputs that rows are run on. */
import type { Masked, Price } from '../../src/mpc/values.ts';
import { uniform } from './numbers.ts';
import { type Format, fixed, masked, type Outcome, type Parts } from './parties.ts';

export type Row = {
  name: string;
  /** What `price` counts are per: elements unless it says otherwise. */
  per?: string;
  /** Number of those in the measured run: a multiple of 64, so that no byte is left half full. */
  n: number;
  price(n: number): Price;
  run(n: number): Promise<Outcome>;
};

/** Numbers between low and high, masked. */
export const real = (n: number, format: Format, low = -1, high = 1): Parts<Masked> =>
  masked(fixed(uniform(n, low, high), format.frac ?? 0), format);

export const K64 = { bits: 64, frac: 18 };
