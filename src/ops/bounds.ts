/**
 * How large a value may be at each place of the secure interpreter, from the constants it computes with (secure-rings.ts and the
 * protocols' own). Arithmetic is modulo 2^k, so a ring binds a value only where it is truncated, compared, raised to a power or opened.
 */

import { GELU, GELU_NEW, SILU, TANH } from '../mpc/coefficients.ts';
import { gateBound, gatedRing, gateRing, TANH_RING } from '../mpc/gate.ts';
import type { Activation } from './ops.ts';
import { logitsRing, NORM, REVEALED, type Ring } from './secure-rings.ts';
import type { Form } from './secure-values.ts';

/** A magnitude must be below `most`; what has a `least` must be that or more. */
export type Bound = { least?: number; most: number };

/** Of x where it is truncated: |x| < 2^(k - 2 - f). Beyond it the chance of a wrong wrap bit rises from 0 to one half at twice the bound. */
export const formBound = ({ bits, frac }: Ring): Bound => ({ most: 2 ** (bits - 2 - frac) });

const REACH: Record<Activation, number> = {
  gelu: GELU.reach,
  gelu_new: GELU_NEW.reach,
  silu: SILU.reach,
  tanh: TANH.reach,
  relu: 0,
};

/** Of an activation's input: 2^n less the threshold where its pieces meet. */
export const activationBound = (kind: Activation, integers: number): Bound => ({
  most: gateBound(integers, REACH[kind]),
});

export function activationForm(kind: Activation, integers: number): Form {
  if (kind === 'tanh') return { ...TANH_RING, masked: false };
  return { ...(kind === 'relu' ? gateRing(integers) : gatedRing(kind, integers)), masked: false };
}

/** Of a row's mean square or variance, plus epsilon, where the residual stream has so many fractional bits. */
export function normBound({ frac }: Ring): Bound {
  const scale = 4 ** (frac - NORM.input.frac);
  return { least: 2 ** (NORM.low + 1) / scale, most: 2 ** NORM.high / scale };
}

/** Of values of these integer bits. */
export const integersBound = (integers: number): Bound => ({ most: 2 ** integers });

/** Of scores: for the maximum they have `frac` fractional bits, and two of them may then be 3 units further apart. */
export const scoreBound = (integers: number, { frac }: Ring): Bound => ({ most: 2 ** integers - 1.5 * 2 ** -frac });

/** Of queries and keys that are turned in Z_2^64: no entry grows by more than sqrt(2). */
export const turnedBound = (frac: number, turnFrac: number): Bound => ({
  most: 2 ** (62 - frac - turnFrac) / Math.SQRT2,
});

/** Of the distance between two logits of a row that argmax compares: the sign of their difference is the top bit. */
export function logitSpread(integers: number): Bound {
  const { bits, frac } = logitsRing(integers);
  return { most: 2 ** (bits - 1 - frac) };
}

/** Of what is opened to the client: it reads a signed number. */
export const REVEALED_BOUND: Bound = { most: 2 ** (REVEALED.bits - 1 - REVEALED.frac) };

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
