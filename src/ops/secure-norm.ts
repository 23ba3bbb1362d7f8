import { addPublicAdditive, drop, reshape, rowSum, scale, sub } from '../mpc/local.ts';
import { power } from '../mpc/power.ts';
import { product, rowDot } from '../mpc/product.ts';
import { remask } from '../mpc/remask.ts';
import { settle } from '../mpc/truncate.ts';
import { Masked } from '../mpc/values.ts';
import type { Party } from '../party/party.ts';
import { NORM, type Ring } from './secure-rings.ts';

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
  const high = Math.min(NORM.high, variance.bits - variance.frac - 2);
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
