import { addPublicAdditive, drop, reduce, reshape, rowSum, scale, sub } from '../mpc/local.ts';
import { POWER_RING, power, powerPrice, type Range } from '../mpc/power.ts';
import { product, productPrice, rowDot } from '../mpc/product.ts';
import { remask, remaskPrice } from '../mpc/remask.ts';
import { settle, settlePrice } from '../mpc/truncate.ts';
import { Masked, type Price, sum } from '../mpc/values.ts';
import type { Party } from '../party/party.ts';
import { NORM, type Ring, RMS } from './secure-rings.ts';

/**
 * (x - mean) / sqrt(variance + epsilon) of each row (Ba et al., arXiv 1607.06450), without dividing by the width H: with d = H x - sum(x) = H (x - mean),
 * e = floor(log2 H) and s = H / 2^e, the deviations d / 2^e = s (x - mean) are local, and
 *
 *     v = sum (s (x - mean))^2 = H s^2 variance,     normalised = s (x - mean) sqrt(H) / sqrt(v + H s^2 epsilon)
 *
 * One inner product and one reciprocal square root per row, one product per entry. x is masked in Z_2^64. -> `to`, masked
 */
export async function normalise(party: Party, x: Masked, epsilon: number, to: Ring): Promise<Masked> {
  const [rows, width] = [x.shape[0]!, x.shape[1]!];
  const e = Math.floor(Math.log2(width));
  const deviations = sub(party, scale(party, x, BigInt(width)), rowSum(party, x, width), width); // H (x - mean)
  const variance = await scaledVariance(party, deviations, width, e, epsilon); // [rows]
  const high = highest(variance.bits, variance.frac);
  const factor = await power(party, variance, 'rsqrt', { low: NORM.low, high }, Math.sqrt(width));
  const scaled = shrink(party, deviations, e, NORM.deviationFrac);
  const factors = await settle(party, factor, { bits: scaled.bits, frac: NORM.factorFrac });
  return settle(party, await product(party, scaled, reshape(factors, [rows]), width), to);
}

/** v + H s^2 epsilon, masked. [rows] */
async function scaledVariance(
  party: Party,
  deviations: Masked,
  width: number,
  e: number,
  epsilon: number,
): Promise<Masked> {
  const small = shrink(party, deviations, e, NORM.squareFrac);
  const squares = await rowDot(party, small, small, width);
  const shift = BigInt(Math.round(epsilon * width * (width / 2 ** e) ** 2 * 2 ** squares.frac));
  return remask(party, addPublicAdditive(party, squares, shift));
}

/** d / 2^e with `frac` fractional bits: dropping e more bits than the fraction loses divides by 2^e. */
function shrink(party: Party, d: Masked, e: number, frac: number): Masked {
  const out = drop(party, d, d.frac - frac + e);
  return new Masked(out.shape, out.bits, frac, out.first, out.second);
}

/** For x in NORM.input. One power and one product by a column, the rest per row. */
export function normalisePrice(rows: number, width: number, to: Ring): Price {
  const e = Math.floor(Math.log2(width));
  const ringOf = (frac: number) => NORM.input.bits - (NORM.input.frac - frac + e);
  const [squares, scaled] = [ringOf(NORM.squareFrac), ringOf(NORM.deviationFrac)];
  const frac = 2 * NORM.squareFrac;
  return sum(
    sum(productPrice(rows, squares), remaskPrice(rows, squares)),
    powerPrice(rows, frac, { low: NORM.low, high: highest(squares, frac) }),
    settlePrice(rows, POWER_RING, { bits: scaled, frac: NORM.factorFrac }),
    productPrice(rows * width, scaled),
    settlePrice(rows * width, { bits: scaled, frac: NORM.deviationFrac + NORM.factorFrac }, to),
  );
}

/** Where normalise() needs v + H s^2 epsilon to lie: 2^low .. 2^high. */
export function normRange(width: number): Range {
  const bits = NORM.input.bits - (NORM.input.frac - NORM.squareFrac + Math.floor(Math.log2(width)));
  return { low: NORM.low, high: highest(bits, 2 * NORM.squareFrac) };
}

/** What the ring of the squares allows them to be. */
const highest = (bits: number, frac: number): number => Math.min(NORM.high, bits - frac - 2);

/**
 * x / sqrt(mean of x^2 + epsilon) of each row (Zhang and Sennrich, arXiv 1910.07467), H entries wide: with v = sum of x^2,
 *
 *     x sqrt(H) / sqrt(v + H epsilon)
 *
 * The squares keep all their fractional bits, for the first rows of LLaMA have mean squares near 2^-12. x is masked in Z_2^64. -> `to`, masked
 */
export async function normaliseRms(party: Party, x: Masked, epsilon: number, to: Ring): Promise<Masked> {
  const width = x.shape[1]!;
  const squares = await rowDot(party, x, x, width);
  const shift = BigInt(Math.round(epsilon * width * 2 ** squares.frac));
  const sums = await remask(party, addPublicAdditive(party, squares, shift)); // [rows]
  const factor = await power(party, sums, 'rsqrt', rmsRange(width), Math.sqrt(width));
  const ring = scaledBits(width);
  const factors = await settle(party, factor, { bits: ring, frac: RMS.factorFrac });
  return settle(party, await product(party, reduce(x, ring), reshape(factors, [factors.size]), width), to);
}

/** For x in RMS.input. */
export function normaliseRmsPrice(rows: number, width: number, to: Ring): Price {
  const { bits, frac } = RMS.input;
  const ring = scaledBits(width);
  return sum(
    sum(productPrice(rows, bits), remaskPrice(rows, bits)),
    powerPrice(rows, 2 * frac, rmsRange(width)),
    settlePrice(rows, POWER_RING, { bits: ring, frac: RMS.factorFrac }),
    productPrice(rows * width, ring),
    settlePrice(rows * width, { bits: ring, frac: frac + RMS.factorFrac }, to),
  );
}

/** Where a row's sum of squares lies, for mean squares from 2^RMS.low on. */
export const rmsRange = (width: number): Range => ({
  low: Math.floor(Math.log2(width)) + RMS.low,
  high: RMS.input.bits - 2 * RMS.input.frac - 2,
});

/** Room for a scaled entry: it is at most sqrt(width). */
const scaledBits = (width: number): number => RMS.input.frac + RMS.factorFrac + Math.ceil(Math.log2(width) / 2) + 3;
