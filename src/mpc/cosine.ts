import { ensure } from '../errors.ts';
import type { Lanes } from '../kernels/index.ts';
import type { Party } from '../party/party.ts';
import { lanes } from '../party/random.ts';
import type { Series } from './coefficients.ts';
import { addPublicAdditive, derived } from './local.ts';
import { cosineTable } from './tables.ts';
import { Additive, type Masked, type Price } from './values.ts';

/** Scales of a series: the dealer's cosines have g fractional bits, the public factors p, the sum lies in Z_2^bits. */
export type SeriesScale = { g: number; p: number; bits: number };

/** Harmonics whose coefficient is not zero. */
const harmonicsOf = (series: { coefficients: readonly number[] }): number => series.coefficients.length - 1;

export const cosineSeriesPrice = (n: number, harmonics: number, bits: number): Price => ({
  rounds: 0,
  dealer: 2 * harmonics * bits * n,
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
export async function cosineSeries(
  party: Party,
  x: Masked,
  series: Series,
  scale: SeriesScale,
  turn = 0,
): Promise<Additive> {
  ensure(x.bits >= series.angleBits + series.shift, 'the ring is smaller than the period');
  const step = party.step();
  const { kernels } = party;
  const n = x.size;
  const harmonics = harmonicsOf(series);
  const table = party.table(`cosine ${series.angleBits}`, () => cosineTable(series.angleBits));
  let all: Lanes | undefined;
  const dealt = () => {
    if (!all)
      kernels.cosines(
        (all = lanes(2 * harmonics * n)),
        angles(party, derived(party, x), series, 0),
        table,
        1,
        harmonics,
        scale.g,
      );
    return all;
  };
  const items = Array.from({ length: harmonics }, (_, j) => ({
    count: 2 * n,
    bits: scale.bits,
    make: () => dealt().subarray(2 * j * n, 2 * (j + 1) * n),
  }));
  const halves = await step.deal(items);
  const frac = scale.g + scale.p;
  if (party.deals) return new Additive(x.shape, scale.bits, frac, undefined);
  const share = new BigUint64Array(n);
  const angle = angles(party, x.first, series, turn);
  series.coefficients.slice(1).forEach((c, j) => {
    if (c !== 0) kernels.cosineSum(share, angle, halves[j]!, table, j + 1, Int32Array.of(Math.round(c * 2 ** scale.p)));
  });
  const constant = BigInt(Math.round(series.coefficients[0]! * 2 ** frac));
  return addPublicAdditive(party, new Additive(x.shape, scale.bits, frac, share), constant);
}

/** Angles in units of 2 pi / 2^angleBits, less `turn` of them. */
function angles(party: Party, x: Lanes, series: Series, turn: number): Lanes {
  const { kernels } = party;
  const out = lanes(x.length);
  kernels.scale(out, x, BigInt(series.factor));
  kernels.shiftRight(out, out, series.shift, series.angleBits + series.shift);
  if (turn !== 0) kernels.addConst(out, out, BigInt(-turn));
  return out;
}
