import { ensure } from '../errors.ts';
import { type Party, scoped } from '../party/party.ts';
import { flip } from './bits.ts';
import { RECIPROCAL, RSQRT } from './coefficients.ts';
import { belowEach, belowPrice } from './compare.ts';
import { cosineSeries, cosineSeriesPrice } from './cosine.ts';
import { addPublicAdditive, raise, reduce } from './local.ts';
import { product, productPrice } from './product.ts';
import { remask, remaskPrice } from './remask.ts';
import { toRing, toRingPrice } from './select.ts';
import { rescale, settle, truncatePrice } from './truncate.ts';
import { Additive, beside, type Masked, type Price, sum } from './values.ts';

/** Exponents -1 and -1/2, with their series on [1/2, 1): period 4 = 2^16 steps of 2^-14. */
const POWERS = { reciprocal: { exponent: -1, series: RECIPROCAL }, rsqrt: { exponent: -0.5, series: RSQRT } } as const;

export type Power = keyof typeof POWERS;

/** Where the argument lies: 2^low <= v < 2^high; a bound of the model, never taken from data. */
export type Range = { low: number; high: number };

const RING = 64;
/** Fractional bits: of the argument scaled into [1/2, 1) as the series takes it, of the series' two factors, of the power there, of the result. */
const G = 20;
const P = 20;
const INNER = 22;
export const POWER_OUT = 28;
/** Of the result. */
export const POWER_RING = { bits: RING, frac: POWER_OUT } as const;

export function powerPrice(n: number, frac: number, { low, high }: Range): Price {
  const steps = high - low - 1;
  const scales = beside(remaskPrice(n, RING), remaskPrice(n, RING));
  return sum(
    sum(belowPrice(n, steps, frac + high + 2, 3), toRingPrice(n * steps, RING), scales),
    sum(productPrice(n, frac + high + finer(frac, high) + 2), remaskPrice(n, UNIT_BITS)),
    cosineSeriesPrice(n, RECIPROCAL, RING),
    sum(truncatePrice(n, G + P - INNER), remaskPrice(n, RING), productPrice(n, RING), truncatePrice(n, INNER)),
  );
}

/** The scaled argument lies in [1/2, 1); the series has period 4, so 20 fractional bits need 22 in all. */
const UNIT_FRAC = 20;
const UNIT_BITS = 22;
/** Fractional bits that v needs more, so that v 2^high has as many as the series takes. */
const finer = (frac: number, high: number): number => Math.max(0, UNIT_FRAC - frac - high);
/** Finer angles than the gates': 2^-16 of the argument. */
const ANGLES = { angleBits: 18, shift: 4, factor: 1, reach: 1 };

/**
 * gain / v or gain / sqrt(v) of masked v > 0 with f fractional bits in Z_2^k, k >= f + high + 2: additive, 28 fractional bits, Z_2^64.
 * Relative error below 2^-14 and 2^-16. v is compared with every power of two at once (one set of dealt bits): the bits [v >= 2^i]
 * give both the factor that brings v into [1/2, 1) and the one that takes the power back. No iterations.
 * Result and all intermediate products must fit 62 bits: gain low^exponent < 2^8.
 */
export const power = scoped(
  async (party, v: Masked, kind: Power, range: Range, gain: number = 1): Promise<Additive> => {
    const { exponent, series } = POWERS[kind];
    const { low, high } = range;
    const bits = v.frac + high + 2;
    ensure(v.bits >= bits && v.frac + low >= 0, `the ring of v is too small for ${low} .. ${high}`);
    const steps = await stairs(party, v, range);
    const exponents = Array.from({ length: high - low }, (_, i) => low + i + 1); // v in [2^(e - 1), 2^e): u = v 2^-e
    const scaleFrac = high;
    const [unit, back] = await party.all(
      async (p) => {
        const scale = await remask(
          p,
          staircase(
            p,
            steps,
            exponents.map((e) => 2 ** -e),
            scaleFrac,
          ),
        );
        const u = await product(p, raise(p, reduce(v, bits), finer(v.frac, high)), scale);
        return settle(p, u, { bits: UNIT_BITS, frac: UNIT_FRAC });
      },
      (p) =>
        remask(
          p,
          staircase(
            p,
            steps,
            exponents.map((e) => gain * 2 ** (e * exponent)),
            POWER_OUT,
          ),
        ),
    );
    const inner = await cosineSeries(party, unit, { ...ANGLES, coefficients: series }, { g: G, p: P, bits: RING });
    const y = await settle(party, inner, { bits: RING, frac: INNER });
    return rescale(party, await product(party, y, back), { bits: RING, frac: POWER_OUT });
  },
);

/** Additive bits [v >= 2^i] for i = low + 1 .. high - 1. [exponents, size of v] */
async function stairs(party: Party, v: Masked, { low, high }: Range): Promise<Additive> {
  const thresholds = Array.from({ length: high - low - 1 }, (_, i) => 1n << BigInt(low + 1 + i + v.frac));
  const bits = await belowEach(party, v, thresholds, { n: v.frac + high + 2, radix: 3 });
  const [steps] = await toRing(party, [flip(party, bits)], RING);
  return steps!;
}

/** values[number of set bits] with `frac` fractional bits, additive: local. [steps, n] -> [n] */
function staircase(party: Party, bits: Additive, values: readonly number[], frac: number): Additive {
  const fixed = values.map((value) => BigInt(Math.round(value * 2 ** frac)));
  const steps = values.length - 1;
  const n = bits.size / steps;
  if (party.deals) return new Additive([n], RING, frac, undefined);
  const rises = BigUint64Array.from({ length: steps }, (_, i) => BigInt.asUintN(64, fixed[i + 1]! - fixed[i]!));
  const sum = party.lanes(n);
  const shape = { batch: 1, m: 1, k: steps, n, bits: RING, accumulate: 0 } as const;
  party.kernels.matmul(sum, rises, bits.share!, shape);
  return addPublicAdditive(party, new Additive([n], RING, frac, sum), fixed[0]!);
}
