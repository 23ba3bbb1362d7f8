/**
 * How large a value may be at each place of the secure interpreter, from the constants it computes with (secure-rings.ts and the
 * protocols' own). Arithmetic is modulo 2^k, so a ring binds a value only where it is truncated, compared, raised to a power or opened.
 */

import { GELU, GELU_NEW, SILU, TANH } from '../mpc/coefficients.ts';
import { EXP_BITS, EXP_FRAC } from '../mpc/exp.ts';
import { GATE_RING, gateBound, TANH_RING } from '../mpc/gate.ts';
import { mirroredForm } from '../mpc/mirror.ts';
import type { Activation } from './ops.ts';
import { placedRing } from './secure-attention.ts';
import { normRange, rmsRange } from './secure-norm.ts';
import { ATTENTION, LINEAR_HEAD, LOGITS, type ModelRing, REVEALED, type Ring } from './secure-rings.ts';
import type { Form } from './secure-values.ts';

/** A magnitude must be below `most`; what has a `least` must be that or more. */
export type Bound = { least?: number; most: number };

/** Only low bits are read, and those are right whatever the rest is. */
export const FREE: Bound = { most: Number.POSITIVE_INFINITY };

/**
 * Of x where wanted() or rescale() brings it to the ring `to`: |x| < 2^(k - 2 - f) when it takes a truncation (mpc/truncate.ts); with
 * bits to spare, k - (f - f') >= k', it takes none and nothing binds x there. Beyond the bound the chance of a wrong wrap bit rises from 0
 * to one half at twice the bound, where the sign is lost as well.
 */
export function settleBound(x: Ring, to: Ring): Bound {
  return x.bits - (x.frac - to.frac) >= to.bits ? FREE : { most: 2 ** (x.bits - 2 - x.frac) };
}

/** The form of a product before it is settled: the smaller ring, the fractional bits of both. */
export const productForm = (x: Ring, y: Ring): Form => ({
  bits: Math.min(x.bits, y.bits),
  frac: x.frac + y.frac,
  masked: false,
});

/** The form of a product by a weight (mpc/mirror.ts). */
export const weighedForm = (x: Ring, weight: Ring): Form => ({ ...mirroredForm(x, weight), masked: false });

/** The form of a sum: terms are raised to the finest of them, in at most 64 bits; the smallest of their rings counts. */
export function sumForm(terms: readonly Ring[]): Form {
  const frac = Math.max(...terms.map((term) => term.frac));
  const bits = Math.min(...terms.map((term) => Math.min(64, term.bits + frac - term.frac)));
  return { bits, frac, masked: false };
}

/** The ring a linear layer's input is brought to: no larger than its results, below 2^(LINEAR_HEAD - 2), need. */
export function linearInput(x: Ring, weight: Ring, { linear }: ModelRing): Ring {
  const frac = Math.min(x.frac, linear.input);
  return { bits: Math.min(linear.bits, weight.bits, frac + weight.frac + LINEAR_HEAD), frac };
}

/** What a norm gives. */
export const normForm = ({ linear }: ModelRing): Form => ({ bits: linear.bits, frac: linear.input, masked: true });

const REACH: Record<Activation, number> = {
  gelu: GELU.reach,
  gelu_new: GELU_NEW.reach,
  silu: SILU.reach,
  tanh: TANH.reach,
  relu: 0,
};

/** Of an activation's input: 2^8 less the threshold where its pieces meet. */
export const activationBound = (kind: Activation): Bound => ({ most: gateBound(REACH[kind]) });

export const activationForm = (kind: Activation): Form => ({
  ...(kind === 'tanh' ? TANH_RING : GATE_RING),
  masked: false,
});

/** Of variance + epsilon of rows of this width H: power() takes v = H s^2 (variance + epsilon), s = H / 2^floor(log2 H). */
export function varianceBound(width: number): Bound {
  const { low, high } = normRange(width);
  const scale = width * (width / 2 ** Math.floor(Math.log2(width))) ** 2;
  return { least: 2 ** low / scale, most: 2 ** high / scale };
}

/** Of the mean square + epsilon of rows of this width H: power() takes H times that. */
export function meanSquareBound(width: number): Bound {
  const { low, high } = rmsRange(width);
  return { least: 2 ** low / width, most: 2 ** high / width };
}

export const queryBound = (x: Ring, rotary: boolean): Bound => settleBound(x, placedRing(rotary));

export const valueBound = (x: Ring): Bound => settleBound(x, ATTENTION.value);

/** 2^-y is right for y < 2^(EXP_BITS - EXP_FRAC) = 256; y is the distance to the maximum, which may come out 1.5 units too large, and a margin. */
const DISTANCE = 2 ** (EXP_BITS - EXP_FRAC) - ATTENTION.margin - 1.5 * 2 ** -ATTENTION.maximum.frac;

/** Of the distance between a row's largest score and its smallest that counts, in base 2. Scores as such are free. */
export const SPREAD: Bound = { most: DISTANCE };

/** Of how far a padded key's score lies below the largest that counts: it is lowered further, by the penalty. */
export const PADDED_BELOW: Bound = { most: DISTANCE - ATTENTION.penalty };

/** Of how far it lies above: lowered by the penalty it must still be 16 below, where 2^-y is zero. */
export const PADDED_ABOVE: Bound = { most: ATTENTION.penalty - 16 };

/** Of sum of 2^(score - max) times value over a row, before it is divided by the sum of the powers. */
export const CONTEXT: Bound = settleBound(productForm(ATTENTION.weight, ATTENTION.value), ATTENTION.context);

export const ATTENDED: Form = productForm(ATTENTION.context, ATTENTION.reciprocal);

/** Of the distance between two logits of a row that argmax compares: the sign of their difference is the top bit. */
export const LOGIT_SPREAD: Bound = { most: 2 ** (LOGITS.bits - 1 - LOGITS.frac) };

/** Of what is opened to the client: it reads a signed number. */
export function revealedBound(x: Ring): Bound {
  const opened = { most: 2 ** (REVEALED.bits - 1 - REVEALED.frac) };
  return tighter(settleBound(x, REVEALED), opened);
}

/** Of logits whose largest is looked for. */
export const logitsBound = (x: Ring): Bound => settleBound(x, LOGITS);

/** What both allow. */
export function tighter(a: Bound, b: Bound): Bound {
  const least = Math.max(a.least ?? 0, b.least ?? 0);
  return { ...(least > 0 ? { least } : {}), most: Math.min(a.most, b.most) };
}

/** Bits between a range and its bound; negative when it is broken. Strictly below `most`, so 0 is broken too. */
export function headRoom(range: Bound, bound: Bound): number {
  const above = range.most === 0 ? Number.POSITIVE_INFINITY : Math.log2(bound.most / range.most);
  const below = bound.least === undefined || range.least === undefined ? above : Math.log2(range.least / bound.least);
  return Math.min(above, below);
}

/** Whether a value in this range may be computed with under this bound. */
export const holds = (range: Bound, bound: Bound): boolean =>
  range.most < bound.most && (bound.least === undefined || range.least === undefined || range.least >= bound.least);
