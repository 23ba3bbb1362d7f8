/** The ring of a linear layer whose results need so many integer bits. */

import { bitsOfResults } from '../ops/secure-forms.ts';
import { LIMITS, type LinearRing } from '../rings/schema.ts';

export const MOST_BITS = 64;
/** Fractional bits that are never given up. */
const LEAST_FRACTION = 8;

/**
 * The smallest ring for results below 2^results and entries of weights below 2^entries, where the input comes with `frac` fractional
 * bits. Fractional bits of input and weights are those of `before`; where that is more than 64 bits, both have fewer, evenly.
 */
export function linearFor(before: LinearRing, frac: number, results: number, entries: number): LinearRing {
  const given = Math.min(before.input, frac);
  const more = bitsOfResults(given + before.weight, results) - MOST_BITS;
  const [input, weight] = fewer(given, before.weight, Math.max(0, more));
  const bits = Math.max(8, bitsOfResults(input + weight, results), weight + 2 + entries);
  return {
    bits: Math.min(MOST_BITS, bits),
    input: input < given ? input : before.input,
    weight,
    results: Math.min(LIMITS.results.max, results),
  };
}

/** Bits that the layer's input is read with (ops/secure-forms.ts). */
export function readBits({ bits, input, weight, results }: LinearRing, frac: number): number {
  return Math.min(bits, bitsOfResults(Math.min(input, frac) + weight, results));
}

/** Both numbers of fractional bits, less `cut` together. */
function fewer(input: number, weight: number, cut: number): [input: number, weight: number] {
  const less = (frac: number, by: number) => Math.max(Math.min(frac, LEAST_FRACTION), frac - by);
  const half = less(input, Math.ceil(cut / 2));
  const other = less(weight, cut - (input - half));
  return [less(half, cut - (input - half) - (weight - other)), other];
}
