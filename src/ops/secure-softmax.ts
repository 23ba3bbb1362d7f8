import { EXP_OUT, exp2Neg, exp2NegPrice } from '../mpc/exp.ts';
import { addPublic, drop, raise, reduce, rowSum, scale, sub } from '../mpc/local.ts';
import { type Lengths, rowMax, rowMaxPrice } from '../mpc/maximum.ts';
import { POWER_RING, power, powerPrice } from '../mpc/power.ts';
import { remask, remaskPrice } from '../mpc/remask.ts';
import { settle, settlePrice } from '../mpc/truncate.ts';
import { Additive, type Masked, type Price, sum } from '../mpc/values.ts';
import type { Party } from '../party/party.ts';
import { ATTENTION } from './secure-rings.ts';
import { eachOfRow } from './secure-rows.ts';

/** E = 2^(score - max - margin) of rows of these lengths, masked. */
export async function softmaxWeights(party: Party, scores: Masked, lengths: Lengths): Promise<Masked> {
  const fewer = scores.frac - ATTENTION.maximum.frac;
  const rough = reduce(drop(party, scores, fewer), ATTENTION.maximum.bits);
  const max = raise(party, await rowMax(party, rough, lengths), fewer); // [rows]
  const below = sub(party, scores, eachOfRow(party, max, lengths)); // score - max
  const distance = addPublic(party, scale(party, below, -1n), BigInt(Math.round(ATTENTION.margin * 2 ** scores.frac)));
  const weights = await exp2Neg(party, distance);
  return remask(party, new Additive(scores.shape, ATTENTION.weight.bits, weights.frac, weights.share));
}

export function softmaxWeightsPrice(lengths: Lengths): Price {
  const n = lengths.reduce((a, b) => a + b, 0);
  return sum(rowMaxPrice(lengths, ATTENTION.maximum.bits), exp2NegPrice(n), remaskPrice(n, ATTENTION.weight.bits));
}

/** Where the sum of a row of at most n weights lies: the largest is about 1. */
const sumRange = (n: number) => ({ low: -1, high: Math.ceil(Math.log2(n)) + 1 });

/** 1 / sum of each row of E. [rows, n] -> [rows] */
export async function inverseSums(party: Party, weights: Masked, n: number): Promise<Masked> {
  const sums = rowSum(party, weights, n);
  const inverse = await power(party, sums, 'reciprocal', sumRange(n));
  return settle(party, inverse, ATTENTION.reciprocal);
}

export const inverseSumsPrice = (rows: number, n: number): Price =>
  sum(powerPrice(rows, EXP_OUT, sumRange(n)), settlePrice(rows, POWER_RING, ATTENTION.reciprocal));
