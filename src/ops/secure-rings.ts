import type { Ring } from '../mpc/values.ts';

/**
 * Which ring a value has at each place of the secure interpreter: `bits` of the ring and `frac` of them fractional. A value of n
 * integer bits (magnitude below 2^n) needs n + 2 bits beside its fraction wherever it is still to be truncated. Magnitudes
 * are bounds of the model, never taken from data.
 */
export type { Ring };

/** Of a model: activations have `fractionBits` in Z_2^bits, linear layers the smaller ring `linear`. */
export type ModelRing = {
  bits: number;
  fractionBits: number;
  linear: { bits: number; input: number; weight: number };
};

/** A linear layer's results are below 2^14 (2^13 in rings of 52 bits and more, mpc/mirror.ts); its ring needs no more than this beside the fractions. */
export const LINEAR_HEAD = 14 + 2;

/** Attention. Scores are in base 2: |score| < 2^10, and a row's scores lie within 2^8 of each other. */
export const ATTENTION = {
  query: { bits: 44, frac: 16 },
  score: { bits: 26, frac: 14 },
  /** The maximum may be 1.5 units of 2^-8 too small; `margin` keeps the exponent's argument above zero all the same. */
  maximum: { bits: 20, frac: 8 },
  margin: 2 ** -6,
  /** Weights 2^(score - max) have 15 fractional bits; their sum over the row times the largest value is below 2^15. */
  weight: { bits: 46, frac: 15 },
  value: { bits: 46, frac: 14 },
  /** The unnormalised context, and the reciprocal of the row's sum. */
  context: { bits: 48, frac: 14 },
  reciprocal: { bits: 48, frac: 26 },
  /** A padded key's score is lowered by this much. */
  penalty: 128,
} as const;

/**
 * Norms (secure-norm.ts): right for rows with mean squares from 2^-22 to 2^high, after the mean is taken off, where widths are at most
 * 16,384 and means below 2^20.
 */
export const NORM = {
  input: { bits: 64, frac: 18 },
  /** Sums of squares are read from H 2^low on; there are entries with all their fractional bits, with `rough` of them, and with fewer. */
  low: -23,
  high: 34,
  rough: 4,
  /** The second reading counts from 2^fine on, the third from 2^coarse. */
  fine: 26,
  coarse: 36,
  /** Fractional bits of the factor; of what is left of the mean. */
  factorFrac: 34,
  mean: { bits: 64, frac: 32 },
} as const;

/** Products of an activation and another value: below 2^14. */
export const PRODUCT = { first: { bits: 44, frac: 14 }, second: { bits: 44, frac: 14 } } as const;

/** Activations take 14 fractional bits, |x| < 256. */
export const ACTIVATION: Ring = { bits: 28, frac: 14 };

/** Logits whose largest is looked for lie within 2^10 of each other. */
export const LOGITS: Ring = { bits: 26, frac: 14 };

/** What the client is shown: |x| < 2^15. */
export const REVEALED: Ring = { bits: 34, frac: 18 };
