import type { Ring } from '../mpc/values.ts';
import type { ModelRing } from '../rings/model-ring.ts';

/**
 * Which ring a value has at each place of the secure interpreter: `bits` of the ring and `frac` of them fractional. A value of n
 * integer bits (magnitude below 2^n) needs n + 2 bits beside its fraction wherever it is still to be truncated.
 */
export type { Ring };

/** Fractional bits of scores, values and what is between; of queries and keys; of 1 / (sum of a row's weights). */
const FRAC = 14;
const QUERY_FRAC = 16;
const INVERSE_FRAC = 26;
/** Weights 2^(score - max) have 15 fractional bits (EXP_OUT). */
const WEIGHT_FRAC = 15;

export type AttentionRings = ReturnType<typeof attentionRings>;

/**
 * Attention with |score| < 2^scores, |value| < 2^values, and at most `longest` keys. Products of queries and keys are settled to
 * scores without a message, so their ring is only as large as a score needs.
 */
export function attentionRings(integers: { scores: number; values: number }, longest: number, padded: boolean) {
  const { scores, values } = integers;
  // Two scores are less than 2^(scores + 1) apart. A padded key's is lowered until it is 16 below every other one: two bits more
  const whole = scores + 2 + (padded ? 2 : 0);
  const penalty = 2 ** (scores + 1) + 32;
  const query = { bits: 2 * QUERY_FRAC + whole, frac: QUERY_FRAC };
  // The maximum may be 1.5 units too small, and `margin` keeps the exponent's argument above zero all the same
  const maximumFrac = Math.min(8, Math.max(3, 18 - scores));
  const product = WEIGHT_FRAC + FRAC + Math.ceil(Math.log2(longest)) + values + 2;
  const valueFrac = FRAC - Math.max(0, product - 64);
  const summed = Math.min(64, product);
  return {
    query,
    /** Fractional bits of public cosines: what the ring leaves, if that is enough for a turn without a truncation. */
    turnFrac: 64 - query.bits >= 16 ? 64 - query.bits : 20,
    score: { bits: FRAC + whole, frac: FRAC },
    maximum: { bits: maximumFrac + whole, frac: maximumFrac },
    margin: 2 ** (1 - maximumFrac),
    weight: { bits: summed, frac: WEIGHT_FRAC },
    value: { bits: summed, frac: valueFrac },
    /** The unnormalised context, and the reciprocal of the row's sum. */
    context: { bits: Math.min(64, valueFrac + INVERSE_FRAC + values + 2), frac: valueFrac },
    reciprocal: { bits: Math.min(64, valueFrac + INVERSE_FRAC + values + 2), frac: INVERSE_FRAC },
    /** A padded key's score is lowered by this much. */
    penalty,
  } as const;
}

/**
 * Norms (secure-norm.ts): right for rows with mean squares from 2^-22 to 2^high, after the mean is taken off, where widths are at most
 * 16,384 and means below 2^20.
 */
export const NORM = {
  input: { bits: 64, frac: 18 },
  /** Sums of squares are read from H 2^low on: of entries with all their fractional bits, with `rough` of them, and with fewer. */
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

/** The ring of the residual stream. */
export const residualRing = ({ residual }: ModelRing): Ring => ({ bits: NORM.input.bits, frac: residual.frac });

/** Both factors of a product of an activation and another value. */
export const productRing = (integers: number): Ring => ({ bits: 2 * FRAC + integers + 2, frac: FRAC });

/** The input of an activation. */
export const activationRing = (integers: number): Ring => ({ bits: FRAC + integers + 2, frac: FRAC });

/** Logits whose largest is looked for: any two are less than 2^(integers + 1) apart. */
export const logitsRing = (integers: number): Ring => ({ bits: FRAC + integers + 2, frac: FRAC });

/** What the client is shown: |x| < 2^15. Of layers, which are opened to look for faults: below 2^40. */
export const REVEALED: Ring = { bits: 34, frac: 18 };
export const REVEALED_LAYER: Ring = { bits: 60, frac: 18 };
