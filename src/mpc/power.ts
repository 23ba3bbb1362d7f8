import { ensure } from '../errors.ts';
import type { Lanes } from '../kernels/index.ts';
import { type Party, scoped } from '../party/party.ts';
import { flip } from './bits.ts';
import { RECIPROCAL, RSQRT } from './coefficients.ts';
import { belowEach, belowPrice } from './compare.ts';
import { cosineSeries, cosineSeriesPrice, seriesFrac } from './cosine.ts';
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
/** Fractional bits: of v times its scale, and of the argument of the series; of the power on [1/2, 1). */
const UNIT = RING - 2;
const UNIT_FRAC = 20;
const UNIT_BITS = 22;
const INNER = 22;
const SCALE = { g: 16, p: 20, bits: RING } as const;
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
export type PowerRequest = { kind: Power; gain?: number; fracs?: readonly number[] };

export function powerPrice(n: number, readings: readonly ReadingForm[], wanted: PowerRequest): Price {
  const gates = readings.length - 1;
  const { fracs = [POWER_OUT] } = wanted;
  const { series } = POWERS[wanted.kind];
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
    cosineSeriesPrice(n, series, SCALE),
    sum(truncatePrice(n, seriesFrac(series, SCALE) - INNER), remaskPrice(n, RING)),
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
function backFrac({ low, high }: Range, { kind, gain = 1 }: PowerRequest): number {
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
export const power = scoped(async (party, readings: readonly Reading[], wanted: PowerRequest): Promise<Additive[]> => {
  const { kind, fracs = [POWER_OUT] } = wanted;
  for (const { v, ...range } of readings) {
    const bits = readingBits({ frac: v.frac, ...range });
    ensure(v.bits >= bits && bits <= RING, `the ring of v is too small for ${range.low} .. ${range.high}`);
  }
  const steps = await stairs(party, readings);
  const stairways = readings.flatMap((range, r) => factorsOf(range, wanted).map((factor) => ({ r, ...factor })));
  const factors = await each(party, stairways, (p, { r, values, frac }) =>
    remask(p, staircase(p, steps, r, values, frac)),
  );
  const units = await each(party, readings, (p, { v, ...range }, r) => {
    const bits = readingBits({ frac: v.frac, ...range });
    return product(p, raise(p, reduce(v, bits), RING - bits), factors[2 * r]!);
  });
  const fineUnit = addAdditive(party, units);
  ensure(fineUnit.frac === UNIT, 'the argument of the series has other fractional bits');
  const unit = await settle(party, fineUnit, { bits: UNIT_BITS, frac: UNIT_FRAC });
  const how = { ...ANGLES, coefficients: POWERS[kind].series };
  const inner = await cosineSeries(party, unit, how, SCALE);
  const y = await settle(party, inner, { bits: RING, frac: INNER });
  const fine = await each(party, readings, (p, _, r) => product(p, y, factors[2 * r + 1]!));
  const terms = fracs.flatMap((frac) => fine.map((part) => ({ part, frac })));
  const rounded = await each(party, terms, (p, { part, frac }) => rescale(p, part, powerRing(frac)));
  const n = readings.length;
  return fracs.map((_, i) => addAdditive(party, rounded.slice(i * n, (i + 1) * n)));
});

/** The public factors of v in [2^(e - 1), 2^e), for each e of a reading: u = v 2^-e, and what takes the power of u back. */
function factorsOf({ low, high }: Range, wanted: PowerRequest): { values: number[]; frac: number }[] {
  const { kind, gain = 1 } = wanted;
  const { exponent } = POWERS[kind];
  const exponents = Array.from({ length: high - low }, (_, i) => low + i + 1);
  return [
    { values: exponents.map((e) => 2 ** -e), frac: high },
    { values: exponents.map((e) => gain * 2 ** (e * exponent)), frac: backFrac({ low, high }, wanted) },
  ];
}

/** Runs the work on each item, side by side. Never within itself: branches nest three deep in all, and our callers have two of them. */
const each = <T, R>(party: Party, items: readonly T[], work: (party: Party, item: T, i: number) => Promise<R>) =>
  party.all(...items.map((item, i) => (p: Party) => work(p, item, i))) as Promise<unknown> as Promise<R[]>;

/** Additive bits: of each reading whether v has reached 2^i, i = low + 1 .. high - 1; and whether it has reached the next reading. */
type Stairs = { own: Additive[]; gates: Additive[] };

async function stairs(party: Party, readings: readonly Reading[]): Promise<Stairs> {
  const last = readings.at(-1)!;
  const thresholds = [
    ...readings.map((reading) => ({ reading, from: reading.low + 1, count: stepsIn(reading) })),
    ...readings.slice(1).map(({ low }) => ({ reading: last, from: low, count: 1 })),
  ];
  const reached = await each(party, thresholds, async (p, { reading: { v, high }, from, count }) => {
    const powers = Array.from({ length: count }, (_, i) => fixedPower(from + i, v.frac));
    return flip(p, await belowEach(p, v, powers, { n: v.frac + high + 2, radix: 3 }));
  });
  const [own, gates] = [reached.slice(0, readings.length), reached.slice(readings.length)];
  const lower = own.slice(0, -1).map((bits, i) => async (p: Party) => [await andNot(p, bits, gates[i]!, RING)]);
  const highest = (p: Party) => toRing(p, [own.at(-1)!, ...gates], RING);
  const inRing = (await party.all(...lower, highest)).flat();
  return { own: inRing.slice(0, readings.length), gates: inRing.slice(readings.length) };
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
