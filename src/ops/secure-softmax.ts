import { type ExpForm, exp2Neg, exp2NegPrice, expRing } from '../mpc/exp.ts';
import { addPublic, drop, raise, rowSum, scale, sub } from '../mpc/local.ts';
import { type Lengths, rowMax, rowMaxPrice } from '../mpc/maximum.ts';
import { power, powerPrice, powerRing } from '../mpc/power.ts';
import { remask, remaskPrice } from '../mpc/remask.ts';
import { settle, settlePrice } from '../mpc/truncate.ts';
import { Additive, type Masked, type Price, sum } from '../mpc/values.ts';
import type { Party } from '../party/party.ts';
import type { AttentionRings, Ring } from './secure-rings.ts';
import { eachOfRow } from './secure-rows.ts';

/** What weights are computed in. */
const expForm = ({ bits, frac }: Ring): ExpForm => ({ bits: Math.max(bits, expRing(frac)), frac });

/** E = 2^(score - max - margin) of rows of these lengths, masked. The differences of a row's scores must fit in the scores' ring. */
export async function softmaxWeights(
  party: Party,
  scores: Masked,
  lengths: Lengths,
  { maximum, margin, weight }: AttentionRings,
): Promise<Masked> {
  const fewer = scores.frac - maximum.frac;
  const rough = drop(party, scores, fewer);
  const max = raise(party, await rowMax(party, rough, lengths), fewer); // [rows]
  const below = sub(party, scores, eachOfRow(party, max, lengths)); // score - max
  const distance = addPublic(party, scale(party, below, -1n), BigInt(Math.round(margin * 2 ** scores.frac)));
  const weights = await exp2Neg(party, distance, expForm(weight));
  return remask(party, new Additive(scores.shape, weight.bits, weights.frac, weights.share));
}

export function softmaxWeightsPrice(lengths: Lengths, { score, maximum, weight }: AttentionRings): Price {
  const n = lengths.reduce((a, b) => a + b, 0);
  return sum(
    rowMaxPrice(lengths, maximum.bits),
    exp2NegPrice(n, score.bits, expForm(weight)),
    remaskPrice(n, weight.bits),
  );
}

/** Where the sum of a row of at most n weights lies: the largest is above 1/2. */
const sumRange = (n: number) => ({ low: -1, high: Math.ceil(Math.log2(n)) + 1 });

/** 1 / sum of each row of E. [rows, n] -> [rows] */
export async function inverseSums(
  party: Party,
  weights: Masked,
  n: number,
  { reciprocal }: AttentionRings,
): Promise<Masked> {
  const reading = { v: rowSum(party, weights, n), ...sumRange(n) };
  const [inverse] = await power(party, [reading], { kind: 'reciprocal' });
  return settle(party, inverse!, reciprocal);
}

export const inverseSumsPrice = (rows: number, n: number, { weight, reciprocal }: AttentionRings): Price =>
  sum(
    powerPrice(rows, [{ frac: weight.frac, ...sumRange(n) }], { kind: 'reciprocal' }),
    settlePrice(rows, powerRing(), reciprocal),
  );
