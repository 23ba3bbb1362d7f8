import { ensure } from '../errors.ts';
import type { Lanes } from '../kernels/index.ts';
import { type Party, scoped } from '../party/party.ts';
import type { Series } from './coefficients.ts';
import { addPublicAdditive, derived } from './local.ts';
import { cosineTable } from './tables.ts';
import { Additive, type Masked, type Price } from './values.ts';

/** Scales of a series: dealt cosines have about g fractional bits, public factors p, the sum lies in Z_2^bits. */
export type SeriesScale = { g: number; p: number; bits: number };

/**
 * Harmonics whose coefficient is not zero, coarsest first: the dealer shares a cosine and a sine for each. Those of a smaller coefficient have fewer
 * fractional bits g_j, for what they are rounded by is multiplied by it: c_j 2^-g_j is between 2^-g 0.35 and 2^-g 0.71.
 */
const harmonicsOf = (coefficients: readonly number[], g: number): { j: number; g: number }[] =>
  coefficients
    .flatMap((c, j) => (j > 0 && c !== 0 ? [{ j, g: Math.max(0, g + Math.ceil(Math.log2(Math.abs(c)) + 1 / 2)) }] : []))
    .sort((a, b) => a.g - b.g);

/** Fractional bits of the dealer's finest cosines. */
const finestOf = (coefficients: readonly number[], g: number): number => harmonicsOf(coefficients, g).at(-1)?.g ?? g;

/** Fractional bits of the sum. */
export const seriesFrac = (coefficients: readonly number[], { g, p }: Omit<SeriesScale, 'bits'>): number =>
  finestOf(coefficients, g) + p;

export function cosineSeriesPrice(n: number, coefficients: readonly number[], { g, bits }: SeriesScale): Price {
  const finest = finestOf(coefficients, g);
  const dealt = harmonicsOf(coefficients, g).reduce((sum, harmonic) => sum + bits - (finest - harmonic.g), 0);
  return { rounds: 0, dealer: 2 * dealt * n, online: 0 };
}

/**
 * h(x) = sum_j c_j cos(j a), a = x's angle; no online message. By angle addition, with a = a_m - a_l:
 *
 *     cos(j a) = cos(j a_m) cos(j a_l) + sin(j a_m) sin(j a_l)
 *
 * The dealer shares cos(j a_l) and sin(j a_l), the rest is public. What has t fractional bits fewer than the sum is multiplied by 2^t, so it is
 * shared in a ring with t bits fewer. The period divides the ring of the angle, so the wrap of m does not matter, and x may lie
 * anywhere. Needs x in Z_2^(angleBits + shift) at least. Error: c_j 2^-(g_j + 1) and 2^-(p + 1) per term, and one step of 2^-angleBits periods in
 * the angle. Result: additive, seriesFrac() fractional bits.
 * Safe: the only messages are halves of fresh sharings.
 */
export const cosineSeries = scoped(
  async (party, x: Masked, series: Series, scale: SeriesScale, turn: number = 0): Promise<Additive> => {
    ensure(x.bits >= series.angleBits + series.shift, 'the ring is smaller than the period');
    const step = party.step();
    const { kernels } = party;
    const n = x.size;
    const { coefficients } = series;
    const harmonics = harmonicsOf(coefficients, scale.g);
    const finest = finestOf(coefficients, scale.g);
    const table = party.table(`cosine ${series.angleBits}`, () => cosineTable(series.angleBits));
    const angle = angles(party, party.deals ? derived(party, x) : x.first, series, turn);
    const make = (j: number, g: number) => (party: Party) => {
      const out = party.lanes(2 * n);
      kernels.cosines(out, angle, table, j, 1, g);
      return out;
    };
    const items = harmonics.map(({ j, g }) => ({ count: 2 * n, bits: scale.bits - (finest - g), make: make(j, g) }));
    const halves = await step.deal(items);
    const frac = finest + scale.p;
    if (party.deals) return new Additive(x.shape, scale.bits, frac, undefined);
    const share = party.zeros(n);
    harmonics.forEach(({ j, g }, i) => {
      const factor = Int32Array.of(Math.round(coefficients[j]! * 2 ** scale.p));
      kernels.cosineSum(share, angle, halves[i]!, table, j, factor);
      const more = (harmonics[i + 1]?.g ?? finest) - g;
      if (more > 0) kernels.scale(share, share, 1n << BigInt(more));
    });
    const constant = BigInt(Math.round(coefficients[0]! * 2 ** frac));
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
