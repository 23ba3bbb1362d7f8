import type { Ring } from '../mpc/values.ts';
import type { ModelRing } from '../rings/schema.ts';

/**
 * Which ring a value has at each place of the secure interpreter: `bits` of the ring and `frac` of them fractional. A value of n
 * integer bits (magnitude below 2^n) needs n + 2 bits beside its fraction wherever it is still to be truncated.
 */
export type { Ring };

/** Fractional bits of scores and what is shown of logits; of queries and keys; of 1 / (sum of a row's weights). */
const FRAC = 14;
const QUERY_FRAC = 16;
const INVERSE_FRAC = 26;
/**
 * Of weights 2^(score - max) and of values, where Z_2^64 has room for both: where one token draws nearly all attention (an attention sink), what is
 * left of the others' weights are small numbers.
 */
const WEIGHT_FRAC = 17;
const VALUE_FRAC = 17;
const LEAST_WEIGHT_FRAC = 15;

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
  const beside = Math.ceil(Math.log2(longest)) + values + 2;
  const over = Math.max(0, WEIGHT_FRAC + VALUE_FRAC + beside - 64);
  const weightFrac = Math.max(LEAST_WEIGHT_FRAC, WEIGHT_FRAC - Math.floor(over / 2));
  const valueFrac = VALUE_FRAC - over + (WEIGHT_FRAC - weightFrac);
  const summed = weightFrac + valueFrac + beside;
  const inverseFrac = Math.min(INVERSE_FRAC, 64 - valueFrac - values - 2);
  const context = valueFrac + inverseFrac + values + 2;
  return {
    query,
    /** Fractional bits of public cosines: what the ring leaves, if that is enough for a turn without a truncation. */
    turnFrac: 64 - query.bits >= 16 ? 64 - query.bits : 20,
    score: { bits: FRAC + whole, frac: FRAC },
    maximum: { bits: maximumFrac + whole, frac: maximumFrac },
    margin: 2 ** (1 - maximumFrac),
    weight: { bits: summed, frac: weightFrac },
    value: { bits: summed, frac: valueFrac },
    /** The unnormalised context, and the reciprocal of the row's sum. */
    context: { bits: context, frac: valueFrac },
    reciprocal: { bits: context, frac: inverseFrac },
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

/** Both factors of a product below 2^integers: of an activation with `frac` fractional bits, as far as there is room, and of another value. */
export function productRings(integers: number, frac: number): { gate: Ring; value: Ring } {
  const gate = Math.min(frac, 64 - FRAC - integers - 2);
  const bits = gate + FRAC + integers + 2;
  return { gate: { bits, frac: gate }, value: { bits, frac: FRAC } };
}

/** The input of an activation. */
export const activationRing = (integers: number): Ring => ({ bits: FRAC + integers + 2, frac: FRAC });

/** Logits whose largest is looked for: any two are less than 2^(integers + 1) apart. */
export const logitsRing = (integers: number): Ring => ({ bits: FRAC + integers + 2, frac: FRAC });

/** What the client is shown: |x| < 2^15. Of layers, which are opened to look for faults: below 2^40. */
export const REVEALED: Ring = { bits: 34, frac: 18 };
export const REVEALED_LAYER: Ring = { bits: 60, frac: 18 };
