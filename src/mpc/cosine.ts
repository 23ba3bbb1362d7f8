import { ensure } from '../errors.ts';
import type { Lanes } from '../kernels/index.ts';
import { type Party, scoped } from '../party/party.ts';
import type { Series } from './coefficients.ts';
import { addPublicAdditive, derived } from './local.ts';
import { cosineTable } from './tables.ts';
import { Additive, type Masked, type Price } from './values.ts';

/** Scales of a series: the dealer's cosines have g fractional bits, the public factors p, the sum lies in Z_2^bits. */
export type SeriesScale = { g: number; p: number; bits: number };

/** Harmonics whose coefficient is not zero: the dealer shares a cosine and a sine for each. */
const harmonicsOf = (coefficients: readonly number[]): number[] =>
  coefficients.flatMap((c, j) => (j > 0 && c !== 0 ? [j] : []));

export const cosineSeriesPrice = (n: number, coefficients: readonly number[], bits: number): Price => ({
  rounds: 0,
  dealer: 2 * harmonicsOf(coefficients).length * bits * n,
  online: 0,
});

/**
 * h(x) = sum_j c_j cos(j a), a = x's angle; no online message. By angle addition, with a = a_m - a_l:
 *
 *     cos(j a) = cos(j a_m) cos(j a_l) + sin(j a_m) sin(j a_l)
 *
 * The dealer shares cos(j a_l) and sin(j a_l), the rest is public. The period divides the ring of the angle, so the wrap of m
 * does not matter, and x may lie anywhere. Needs x in Z_2^(angleBits + shift) at least. Error: 2^-(g + 1) and 2^-(p + 1) per term, and one
 * step of 2^-angleBits periods in the angle. Result: additive, g + p fractional bits.
 * Safe: the only messages are halves of fresh sharings.
 */
export const cosineSeries = scoped(
  async (party, x: Masked, series: Series, scale: SeriesScale, turn: number = 0): Promise<Additive> => {
    ensure(x.bits >= series.angleBits + series.shift, 'the ring is smaller than the period');
    const step = party.step();
    const { kernels } = party;
    const n = x.size;
    const harmonics = harmonicsOf(series.coefficients);
    const table = party.table(`cosine ${series.angleBits}`, () => cosineTable(series.angleBits));
    const angle = angles(party, party.deals ? derived(party, x) : x.first, series, turn);
    const make = (j: number) => (party: Party) => {
      const out = party.lanes(2 * n);
      kernels.cosines(out, angle, table, j, 1, scale.g);
      return out;
    };
    const halves = await step.deal(harmonics.map((j) => ({ count: 2 * n, bits: scale.bits, make: make(j) })));
    const frac = scale.g + scale.p;
    if (party.deals) return new Additive(x.shape, scale.bits, frac, undefined);
    const share = party.zeros(n);
    harmonics.forEach((j, i) => {
      const factor = Int32Array.of(Math.round(series.coefficients[j]! * 2 ** scale.p));
      kernels.cosineSum(share, angle, halves[i]!, table, j, factor);
    });
    const constant = BigInt(Math.round(series.coefficients[0]! * 2 ** frac));
    return addPublicAdditive(party, new Additive(x.shape, scale.bits, frac, share), constant);
  },
);

/** Angles in units of 2 pi / 2^angleBits; an evaluator's less `turn` of them. */
function angles(party: Party, x: Lanes, series: Series, turn: number): Lanes {
  const { kernels } = party;
  const out = party.lanes(x.length);
  kernels.scale(out, x, BigInt(series.factor));
  kernels.shiftRight(out, out, series.shift, series.angleBits + series.shift);
  if (turn !== 0 && !party.deals) kernels.addConst(out, out, BigInt(-turn));
  return out;
}
