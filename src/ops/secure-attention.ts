import { EXP_OUT, exp2Neg, exp2NegPrice } from '../mpc/exp.ts';
import { add, addPublic, drop, permute, raise, reduce, reshape, rowSum, scale, sub } from '../mpc/local.ts';
import { rowMax, rowMaxPrice } from '../mpc/maximum.ts';
import { POWER_RING, power, powerPrice } from '../mpc/power.ts';
import { matmul, product, productPrice } from '../mpc/product.ts';
import { remask, remaskPrice } from '../mpc/remask.ts';
import { settle, settlePrice } from '../mpc/truncate.ts';
import { Additive, beside, type Masked, type Price, sum } from '../mpc/values.ts';
import type { Party } from '../party/party.ts';
import { ATTENTION } from './secure-rings.ts';
import { colsOf, type Form, rowsOf, type Secure, wanted, wantedPrice } from './secure-values.ts';

/**
 * Attention with an unnormalised softmax (docs/protocols.md): weights E = 2^(score - max), context = (E V) / sum(E). One division
 * per row and one product per entry of the context, none per score.
 */
export async function attention(
  party: Party,
  q: Secure,
  k: Secure,
  v: Secure,
  mask: Masked | undefined,
  heads: number,
): Promise<Additive> {
  const [m, n, width] = [rowsOf(q), rowsOf(k), colsOf(q) / heads];
  const [queries, keys, values] = await party.all(
    async (p) => split(p, await wanted(p, q, ATTENTION.query), heads),
    async (p) => split(p, await wanted(p, k, ATTENTION.query), heads),
    async (p) => split(p, await wanted(p, v, ATTENTION.value), heads),
  );
  const products = await matmul(party, queries, keys, { batch: heads, m, k: width, n, transposeB: true }); // [heads, m, n]
  const scores = penalise(party, await settle(party, products, ATTENTION.score), mask, n);
  const weights = await softmaxWeights(party, scores, n); // [heads, m, n]
  const [context, inverse] = await party.all(
    async (p) => settle(p, await matmul(p, weights, values, { batch: heads, m, k: n, n: width }), ATTENTION.context),
    (p) => inverseSums(p, weights, n),
  );
  const scaled = await product(party, context, inverse, width); // [heads, m, width] by [heads, m]
  return join(party, scaled, heads, m, width);
}

export type AttentionSize = { heads: number; queries: number; keys: number; width: number };

/** `width` is that of a head. */
export function attentionPrice({ heads, queries, keys, width }: AttentionSize, q: Form, k: Form, v: Form): Price {
  const { query, value, score, weight, context } = ATTENTION;
  const rows = heads * queries;
  const unscaled = { bits: weight.bits, frac: weight.frac + value.frac };
  return sum(
    beside(
      wantedPrice(rows * width, q, query),
      wantedPrice(heads * keys * width, k, query),
      wantedPrice(heads * keys * width, v, value),
    ),
    productPrice(rows * keys, query.bits),
    settlePrice(rows * keys, { bits: query.bits, frac: 2 * query.frac }, score),
    softmaxWeightsPrice(rows, keys),
    beside(
      sum(productPrice(rows * width, weight.bits), settlePrice(rows * width, unscaled, context)),
      inverseSumsPrice(rows, keys),
    ),
    productPrice(rows * width, context.bits),
  );
}

/** Scores of padded keys are lowered by `penalty`; mask [1, n] is 1 for keys that count. */
function penalise(party: Party, scores: Masked, mask: Masked | undefined, n: number): Masked {
  if (!mask) return scores;
  const unit = BigInt(ATTENTION.penalty) << BigInt(scores.frac);
  const lowered = addPublic(party, scale(party, reduce(mask, scores.bits), unit, { frac: scores.frac }), -unit); // 0 or -penalty
  return add(party, scores, reshape(lowered, [n]));
}

/** E = 2^(score - max - margin), masked. [..., n] */
export async function softmaxWeights(party: Party, scores: Masked, n: number): Promise<Masked> {
  const rough = reduce(drop(party, scores, scores.frac - ATTENTION.maximum.frac), ATTENTION.maximum.bits);
  const max = raise(party, await rowMax(party, rough, n), scores.frac - ATTENTION.maximum.frac); // [rows]
  const below = sub(party, scores, max, n); // score - max, broadcast over the row
  const distance = addPublic(party, scale(party, below, -1n), BigInt(Math.round(ATTENTION.margin * 2 ** scores.frac)));
  const weights = await exp2Neg(party, distance);
  return remask(party, new Additive(scores.shape, ATTENTION.weight.bits, weights.frac, weights.share));
}

export const softmaxWeightsPrice = (rows: number, n: number): Price =>
  sum(
    rowMaxPrice(rows, n, ATTENTION.maximum.bits),
    exp2NegPrice(rows * n),
    remaskPrice(rows * n, ATTENTION.weight.bits),
  );

/** Where the sum of a row of n weights lies: the largest is about 1. */
const sumRange = (n: number) => ({ low: -1, high: Math.ceil(Math.log2(n)) + 1 });

/** 1 / sum of each row of E. [rows] */
export async function inverseSums(party: Party, weights: Masked, n: number): Promise<Masked> {
  const sums = rowSum(party, weights, n);
  const inverse = await power(party, sums, 'reciprocal', sumRange(n));
  return settle(party, inverse, ATTENTION.reciprocal);
}

export const inverseSumsPrice = (rows: number, n: number): Price =>
  sum(powerPrice(rows, EXP_OUT, sumRange(n)), settlePrice(rows, POWER_RING, ATTENTION.reciprocal));

/** [rows, heads x width] -> [heads, rows, width] */
function split(party: Party, x: Masked, heads: number): Masked {
  const [rows, width] = [rowsOf(x), colsOf(x) / heads];
  return permute(party, x, [rows, heads, width], [1, 0, 2]);
}

/** [heads, rows, width] -> [rows, heads x width] */
function join(party: Party, x: Additive, heads: number, rows: number, width: number): Additive {
  const shape = [rows, heads * width];
  if (!x.share) return new Additive(shape, x.bits, x.frac, undefined);
  const out = new BigUint64Array(x.size);
  party.kernels.permute(out, x.share, [heads, rows, width], [1, 0, 2]);
  return new Additive(shape, x.bits, x.frac, out);
}
