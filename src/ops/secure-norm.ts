import {
  addAdditive,
  additiveRowSum,
  addPublicAdditive,
  drop,
  lessColumn,
  reduce,
  rowSum,
  scale,
  scaleAdditive,
  toAdditive,
} from '../mpc/local.ts';
import {
  type PowerRequest,
  power,
  powerPrice,
  powerRing,
  type Reading,
  type ReadingForm,
  readingBits,
} from '../mpc/power.ts';
import { product, productPrice, rowDot } from '../mpc/product.ts';
import { remask, remaskPrice } from '../mpc/remask.ts';
import { rescale, rescalePrice, settle, settlePrice } from '../mpc/truncate.ts';
import { type Additive, beside, type Masked, type Price, sum } from '../mpc/values.ts';
import type { Party } from '../party/party.ts';
import { NORM, type Ring } from './secure-rings.ts';
import { additive, type Form, type Secure, wanted, wantedPrice } from './secure-values.ts';

/**
 * Norms of rows, H entries wide, over the whole range: mean squares from 2^-22 to 2^34 (NORM), at widths up to 16,384. Values are masked in
 * Z_2^64 with 18 fractional bits. v = sum of squares has up to 2^70 possible scales, more than a ring holds. So it is read three times
 * (power.ts): of x itself, of x with 4 fractional bits, and of x with so few that every sum fits. A rounded square is wrong by at most
 * 2^-12 of the sum where the reading counts, and much less on average. The result x sqrt(H) / sqrt(v) is below sqrt(H) whatever x is, so the
 * factor has 34 fractional bits.
 * Safe: sums, means and roundings are local, and the rest is a composition of protocols that open masked values only; which reading counts is
 * known to no party (power.ts).
 */

/**
 * x / sqrt(mean of x^2 + epsilon) of each row (Zhang and Sennrich, arXiv 1910.07467): with v = sum of x^2,
 *
 *     x sqrt(H) / sqrt(v + H epsilon)
 *
 * One reciprocal square root a row, one product an entry. -> `to`, masked
 */
export async function normaliseRms(party: Party, x: Secure, epsilon: number, to: Ring): Promise<Masked> {
  const entries = await wanted(party, x, NORM.input);
  const [factor] = await factors(party, entries, epsilon, RMS_FRACS);
  return settle(party, await scaled(party, entries, factor!), to);
}

/**
 * (x - mean) / sqrt(variance + epsilon) of each row (Ba et al., arXiv 1607.06450). The mean is rounded like x: d = x - mean is wrong by a few
 * units, the same for the whole row. That does not matter to the sum of squares, but to the entries of a row with a small
 * variance: so the mean of d is found too, with 32 fractional bits, and taken off the result. -> `to`, masked
 */
export async function normalise(party: Party, x: Secure, epsilon: number, to: Ring): Promise<Masked> {
  const d = await remask(party, await centred(party, await rescale(party, additive(party, x), NORM.input)));
  const [[factor, rough], rest] = await party.all(
    (p) => factors(p, d, epsilon, LAYER_FRACS),
    (p) => meanOf(p, d),
  );
  const [entries, shift] = await party.all(
    (p) => scaled(p, d, factor!),
    (p) => product(p, rest, rough!),
  );
  return settle(party, lessColumn(party, entries, shift), to);
}

/** Fractional bits of the factor; and of the one for the mean of d, such that both products have the same. */
const RMS_FRACS = [NORM.factorFrac];
const LAYER_FRACS = [NORM.factorFrac, NORM.input.frac + NORM.factorFrac - NORM.mean.frac];

/** sqrt(H) / sqrt(v + H epsilon) of each row, with each of these numbers of fractional bits, masked. [rows] */
async function factors(party: Party, x: Masked, epsilon: number, fracs: readonly number[]): Promise<Masked[]> {
  const width = x.shape[1]!;
  const work = readingsOf(width).map((form) => async (p: Party): Promise<Reading> => {
    const rough = drop(p, x, NORM.input.frac - form.frac / 2);
    const squares = await rowDot(p, rough, rough, width);
    const shift = BigInt(Math.round(epsilon * width * 2 ** form.frac));
    return { ...form, v: await remask(p, addPublicAdditive(p, squares, shift), readingBits(form)) };
  });
  const readings = (await party.all(...work)) as Reading[];
  const roots = await power(party, readings, factorOf(width, fracs));
  return party.all(...roots.map((root) => (p: Party) => remask(p, root))) as Promise<unknown> as Promise<Masked[]>;
}

const factorOf = (width: number, fracs: readonly number[]): PowerRequest => ({
  kind: 'rsqrt',
  gain: Math.sqrt(width),
  fracs,
});

/**
 * The three readings of a row's sum of squares; `frac` is that of the sum, twice that of the entries. Entries with f fractional bits are in
 * Z_2^(46 + f), so their sum of squares must be below 2^(44 - f): the last f is such that mean squares of 2^34 are.
 */
function readingsOf(width: number): ReadingForm[] {
  const { bits, frac } = NORM.input;
  const room = bits - frac - 2;
  const least = Math.min(NORM.rough, room - NORM.high - Math.ceil(Math.log2(width)));
  return [
    { frac: 2 * frac, low: Math.floor(Math.log2(width)) + NORM.low, high: NORM.fine },
    { frac: 2 * NORM.rough, low: NORM.fine, high: NORM.coarse },
    { frac: 2 * least, low: NORM.coarse, high: room - least },
  ];
}

/** Room for a scaled entry: it is at most sqrt(width). */
const scaledBits = (width: number): number => NORM.input.frac + NORM.factorFrac + Math.ceil(Math.log2(width) / 2) + 3;

/** Each row times its factor: additive, of all fractional bits. */
function scaled(party: Party, x: Masked, factor: Masked): Promise<Additive> {
  const width = x.shape[1]!;
  const bits = scaledBits(width);
  return product(party, reduce(x, bits), reduce(factor, bits), width);
}

const scaledRing = (width: number): Ring => ({ bits: scaledBits(width), frac: NORM.input.frac + NORM.factorFrac });

/** For x in NORM.input: what both norms have in common, up to the factors. */
function factorsPrice(rows: number, width: number, fracs: readonly number[]): Price {
  const readings = readingsOf(width);
  const squares = readings.map((form) =>
    sum(productPrice(rows, roughBits(form)), remaskPrice(rows, readingBits(form))),
  );
  const masks = fracs.map((frac) => remaskPrice(rows, powerRing(frac).bits));
  return sum(beside(...squares), powerPrice(rows, readings, factorOf(width, fracs)), beside(...masks));
}

/** Of entries with so few fractional bits. */
const roughBits = ({ frac }: ReadingForm): number => NORM.input.bits - (NORM.input.frac - frac / 2);

export function normaliseRmsPrice(rows: number, width: number, x: Form, to: Ring): Price {
  const n = rows * width;
  const ring = scaledRing(width);
  return sum(
    wantedPrice(n, x, NORM.input),
    factorsPrice(rows, width, RMS_FRACS),
    productPrice(n, ring.bits),
    settlePrice(n, ring, to),
  );
}

export function normalisePrice(rows: number, width: number, x: Form, to: Ring): Price {
  const n = rows * width;
  const ring = scaledRing(width);
  const { bits, frac } = NORM.input;
  return sum(
    rescalePrice(n, x, NORM.input),
    beside(...digitsOf(width).map((digit) => rescalePrice(rows, { bits, frac: frac + digit.frac }, NORM.input))),
    remaskPrice(n, bits),
    beside(factorsPrice(rows, width, LAYER_FRACS), settlePrice(rows, { bits, frac: frac + MEAN_DIGITS }, NORM.mean)),
    beside(productPrice(n, ring.bits), productPrice(rows, NORM.mean.bits)),
    settlePrice(n, ring, to),
  );
}

/** x less the mean of its row, which is rounded to 3 units. [rows, H], additive */
async function centred(party: Party, x: Additive): Promise<Additive> {
  const width = x.shape[1]!;
  const sums = additiveRowSum(party, x, width);
  const digits = digitsOf(width).map(({ factor, frac }) => (p: Party) => {
    return rescale(p, scaleAdditive(p, sums, factor, frac), NORM.input);
  });
  return lessColumn(party, x, addAdditive(party, (await party.all(...digits)) as Additive[]));
}

/** 1 / width as a sum of factor / 2^frac. Sums of entries below 2^20 times a factor are below 2^61; what is left out is below 2^-36 / width. */
function digitsOf(width: number): { factor: bigint; frac: number }[] {
  const digits: { factor: bigint; frac: number }[] = [];
  let rest = 1 / width;
  for (let frac = 23; frac <= 52 && (rest !== 0 || digits.length === 0); frac += 24 - Math.ceil(Math.log2(width))) {
    const factor = Math.round(rest * 2 ** frac);
    rest -= factor / 2 ** frac;
    digits.push({ factor: BigInt(factor), frac });
  }
  return digits;
}

/** Fractional bits of 1 / H where the mean of d is found. */
const MEAN_DIGITS = 30;

/** The mean of rows whose mean is a few units, with more digits. [rows], masked */
async function meanOf(party: Party, d: Masked): Promise<Masked> {
  const width = d.shape[1]!;
  const factor = BigInt(Math.round(2 ** MEAN_DIGITS / width));
  const mean = scale(party, rowSum(party, d, width), factor, { frac: d.frac + MEAN_DIGITS });
  return settle(party, toAdditive(party, mean), NORM.mean);
}
