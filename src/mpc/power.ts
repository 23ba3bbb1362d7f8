import { ensure } from '../errors.ts';
import type { Lanes } from '../kernels/index.ts';
import { type Party, scoped } from '../party/party.ts';
import { flip } from './bits.ts';
import { RECIPROCAL, RSQRT } from './coefficients.ts';
import { belowEach, belowPrice } from './compare.ts';
import { cosineSeries, cosineSeriesPrice } from './cosine.ts';
import { addAdditive, addPublicAdditive, raise, reduce } from './local.ts';
import { product, productPrice } from './product.ts';
import { remask, remaskPrice } from './remask.ts';
import { andNot, andNotPrice, toRing, toRingPrice } from './select.ts';
import { rescale, settle, truncatePrice } from './truncate.ts';
import { Additive, beside, type Masked, type Price, sum } from './values.ts';

/** Exponents -1 and -1/2, with their series on [1/2, 1): period 4 = 2^16 steps of 2^-14. Both hold to 2^-16 on [0.49, 1.01] too. */
const POWERS = { reciprocal: { exponent: -1, series: RECIPROCAL }, rsqrt: { exponent: -0.5, series: RSQRT } } as const;

export type Power = keyof typeof POWERS;

/** Where the argument lies: 2^low <= v < 2^high; a bound of the model, never taken from data. */
export type Range = { low: number; high: number };

/**
 * One reading of the argument v: a masked value with f fractional bits in Z_2^(f + high + 2) or more. It is used for
 * 2^low <= v < 2^high. Below that range it is small; above it, it may be any element of the ring.
 */
export type Reading = Range & { v: Masked };

/** What the price of a reading depends on. */
export type ReadingForm = Range & { frac: number };

const RING = 64;
/** Fractional bits: of v times its scale, and of the argument of the series; of the series' two factors; of the power on [1/2, 1). */
const UNIT = RING - 2;
const UNIT_FRAC = 20;
const UNIT_BITS = 22;
const G = 20;
const P = 20;
const INNER = 22;
/** The factors that scale a power back have FACTOR bits at least, as far as 2^BACK, which they are all below, allows. */
const FACTOR = 20;
const BACK = 38;
/** Finer angles than the gates': 2^-16 of the argument. */
const ANGLES = { angleBits: 18, shift: 4, factor: 1, reach: 1 };

/** Fractional bits of the result unless told otherwise. */
export const POWER_OUT = 28;
/** Of the result. */
export const powerRing = (frac = POWER_OUT) => ({ bits: RING, frac });

/** What is computed: gain / v or gain / sqrt(v), once with each of these numbers of fractional bits. */
export type Wanted = { kind: Power; gain?: number; fracs?: readonly number[] };

export function powerPrice(n: number, readings: readonly ReadingForm[], wanted: Wanted): Price {
  const gates = readings.length - 1;
  const { fracs = [POWER_OUT] } = wanted;
  const each = (price: (reading: ReadingForm) => Price) => beside(...readings.map(price));
  const ofGates = readings.slice(1).map(() => belowPrice(n, 1, readingBits(readings.at(-1)!), 3));
  const inRing = readings.map((r, p) =>
    p < gates ? andNotPrice(n, stepsIn(r), RING) : toRingPrice(n * stepsIn(r), RING),
  );
  return sum(
    beside(
      each((r) => belowPrice(n, stepsIn(r), readingBits(r), 3)),
      ...ofGates,
    ),
    beside(...inRing, toRingPrice(n * gates, RING)),
    each(() => beside(remaskPrice(n, RING), remaskPrice(n, RING))),
    each(() => productPrice(n, RING)),
    remaskPrice(n, UNIT_BITS),
    cosineSeriesPrice(n, RECIPROCAL, RING),
    sum(truncatePrice(n, G + P - INNER), remaskPrice(n, RING)),
    each((r) => {
      const drops = fracs.map((frac) => truncatePrice(n, INNER + backFrac(r, wanted) - frac));
      return sum(productPrice(n, RING), beside(...drops));
    }),
  );
}

/** Thresholds of its own. */
const stepsIn = ({ low, high }: Range): number => high - low - 1;

/** Of the ring that a reading is compared in. */
export const readingBits = ({ frac, high }: ReadingForm): number => frac + high + 2;

/** Fractional bits of the factors that scale a power back. */
function backFrac({ low, high }: Range, { kind, gain = 1 }: Wanted): number {
  const { exponent } = POWERS[kind];
  const bits = Math.min(BACK, FACTOR + Math.ceil((high - low - 1) * -exponent));
  return bits - Math.ceil(Math.log2(gain) + (low + 1) * exponent);
}

/**
 * gain / v or gain / sqrt(v) of v > 0, additive in Z_2^64. Relative error below 2^-14 and 2^-15, and one unit of the result. The readings
 * follow each other: each begins where the one before it ends. The last one holds every v, and decides which of them counts. v
 * is compared with every power of two at once (one set of dealt bits a reading): the bits [v >= 2^i] give both the factor that brings v
 * into [1/2, 1) and the one that takes the power back. No iterations. 9 rounds.
 * Safe: it is a composition of protocols that open masked values only; what is computed depends on public ranges alone.
 */
export const power = scoped(async (party, readings: readonly Reading[], wanted: Wanted): Promise<Additive[]> => {
  const { kind, gain = 1, fracs = [POWER_OUT] } = wanted;
  const { exponent, series } = POWERS[kind];
  for (const { v, low, high } of readings) {
    const bits = readingBits({ frac: v.frac, low, high });
    ensure(v.bits >= bits && bits <= RING, `the ring of v is too small for ${low} .. ${high}`);
  }
  const steps = await stairs(party, readings);
  const parts = await each(party, readings, async (p, { v, low, high }, i) => {
    const exponents = Array.from({ length: high - low }, (_, e) => low + e + 1); // v in [2^(e - 1), 2^e): u = v 2^-e
    const values = (q: Party, of: (e: number) => number, f: number) => staircase(q, steps, i, exponents.map(of), f);
    const [scale, back] = await p.all(
      (q) =>
        remask(
          q,
          values(q, (e) => 2 ** -e, high),
        ),
      (q) =>
        remask(
          q,
          values(q, (e) => gain * 2 ** (e * exponent), backFrac({ low, high }, wanted)),
        ),
    );
    const bits = readingBits({ frac: v.frac, low, high });
    return { back, unit: await product(p, raise(p, reduce(v, bits), RING - bits), scale) };
  });
  const units = addAdditive(
    party,
    parts.map(({ unit }) => unit),
  );
  ensure(units.frac === UNIT, 'the argument of the series has other fractional bits');
  const unit = await settle(party, units, { bits: UNIT_BITS, frac: UNIT_FRAC });
  const inner = await cosineSeries(party, unit, { ...ANGLES, coefficients: series }, { g: G, p: P, bits: RING });
  const y = await settle(party, inner, { bits: RING, frac: INNER });
  const scaled = await each(party, parts, async (p, { back }) => {
    const fine = await product(p, y, back);
    return each(p, fracs, (q, frac) => rescale(q, fine, powerRing(frac)));
  });
  return fracs.map((_, i) =>
    addAdditive(
      party,
      scaled.map((part) => part[i]!),
    ),
  );
});

/** Runs the work on each item, side by side. */
const each = <T, R>(party: Party, items: readonly T[], work: (party: Party, item: T, i: number) => Promise<R>) =>
  party.all(...items.map((item, i) => (p: Party) => work(p, item, i))) as Promise<unknown> as Promise<R[]>;

/** Additive bits: of each reading whether v has reached 2^i, i = low + 1 .. high - 1; and whether it has reached the next reading. */
type Stairs = { own: Additive[]; gates: Additive[] };

async function stairs(party: Party, readings: readonly Reading[]): Promise<Stairs> {
  const last = readings.at(-1)!;
  const reached = async (p: Party, { v, high }: Reading, from: number, count: number) => {
    const thresholds = Array.from({ length: count }, (_, i) => fixedPower(from + i, v.frac));
    return flip(p, await belowEach(p, v, thresholds, { n: v.frac + high + 2, radix: 3 }));
  };
  const [own, gates] = await party.all(
    (p) => each(p, readings, (q, reading) => reached(q, reading, reading.low + 1, stepsIn(reading))),
    (p) => each(p, readings.slice(1), (q, { low }) => reached(q, last, low, 1)),
  );
  const [counted, [top, ...opened]] = await party.all(
    (p) => each(p, own.slice(0, -1), (q, bits, i) => andNot(q, bits, gates[i]!, RING)),
    (p) => toRing(p, [own.at(-1)!, ...gates], RING),
  );
  return { own: [...counted, top!], gates: opened };
}

/** 2^i with f fractional bits; of 2^i below a unit, one unit. */
const fixedPower = (i: number, f: number): bigint => (i + f > 0 ? 1n << BigInt(i + f) : 1n);

/**
 * values[number of set bits] of reading r with `frac` fractional bits where that reading counts, and 0 elsewhere: additive, local. It counts
 * from its first value on, unless it is the first reading, and until the next reading counts.
 */
function staircase(party: Party, { own, gates }: Stairs, r: number, values: readonly number[], frac: number): Additive {
  const fixed = values.map((value) => BigInt(Math.round(value * 2 ** frac)));
  const rises = fixed.slice(1).map((value, i) => value - fixed[i]!);
  const n = own[r]!.size / rises.length;
  if (party.deals) return new Additive([n], RING, frac, undefined);
  const total = party.lanes(n);
  weighed(party, total, rises, own[r]!.share!, 0);
  if (r > 0) weighed(party, total, [fixed[0]!], gates[r - 1]!.share!, 1);
  if (r < gates.length) weighed(party, total, [-fixed[0]!], gates[r]!.share!, 1);
  const sum = new Additive([n], RING, frac, total);
  return r === 0 ? addPublicAdditive(party, sum, fixed[0]!) : sum;
}

/** The sum of weights[i] bits[i], into or added to `out`. [steps, n] -> [n] */
function weighed({ kernels }: Party, out: Lanes, weights: readonly bigint[], bits: Lanes, accumulate: 0 | 1): void {
  const lanes = BigUint64Array.from(weights, (weight) => BigInt.asUintN(64, weight));
  kernels.matmul(out, lanes, bits, { batch: 1, m: 1, k: weights.length, n: out.length, bits: RING, accumulate });
}
