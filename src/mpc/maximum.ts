import { type Party, scoped } from '../party/party.ts';
import { flip } from './bits.ts';
import { below, belowPrice } from './compare.ts';
import { addAdditive, pieced, sub, toAdditive } from './local.ts';
import { remask, remaskPrice } from './remask.ts';
import { select, selectPrice } from './select.ts';
import { beside, Masked, type Price, sum } from './values.ts';

/** Lengths of rows that lie one after the other; those of one length as [rows, cols]. */
export type Lengths = readonly number[];

export const equalRows = (rows: number, cols: number): Lengths => Array<number>(rows).fill(cols);

/**
 * Largest entry of each row, by a tournament of compare, select, remask: about 4 rounds a level, ceil(log2(longest)) levels.
 * Entries must be less than 2^(bits - 1) units apart. Rows of `lengths`, none of them empty -> [rows]
 */
export const rowMax = scoped(async (party, x: Masked, lengths: Lengths): Promise<Masked> => {
  let rest = x;
  while (lengths.some((n) => n > 1)) {
    rest = await halved(party, rest, lengths);
    lengths = lengths.map((n) => half(n) + isOdd(n));
  }
  return new Masked([rest.size], rest.bits, rest.frac, rest.first, rest.second);
});

export function rowMaxPrice(lengths: Lengths, bits: number): Price {
  let price: Price = { rounds: 0, dealer: 0, online: 0 };
  for (; lengths.some((n) => n > 1); lengths = lengths.map((n) => half(n) + isOdd(n))) {
    const n = lengths.reduce((sum, length) => sum + half(length), 0);
    price = sum(price, belowPrice(n, 1, bits, 3), selectPrice(n, bits), remaskPrice(n, bits));
  }
  return price;
}

/** A row of n is n / 2 pairs (i, i + n / 2), and its last entry when n is odd. */
const half = (n: number): number => n >> 1;
const isOdd = (n: number): number => n & 1;
const none = (): number => 0;

/** The larger of each pair of every row: b + [a >= b] (a - b), masked. */
const halved = scoped(async (party, x: Masked, lengths: Lengths): Promise<Masked> => {
  const [a, b] = [part(party, x, lengths, none, half), part(party, x, lengths, half, half)];
  const d = sub(party, a, b);
  const [less] = await below(party, d, [0n], { radix: 3 });
  const picked = addAdditive(party, [await select(party, flip(party, less!), d), toAdditive(party, b)]);
  return join(party, await remask(party, picked), lengths.map(half), odd(party, x, lengths), lengths.map(isOdd));
});

type PerRow = (length: number) => number;

/** Of each row, `count` entries behind the first `skip`. */
function part(party: Party, x: Masked, lengths: Lengths, skip: PerRow, count: PerRow): Masked {
  const runs = new Int32Array(3 * lengths.length);
  let [from, to] = [0, 0];
  lengths.forEach((n, r) => {
    runs.set([to, from + skip(n), count(n)], 3 * r);
    from += n;
    to += count(n);
  });
  return pieced(party, to, [x, runs]);
}

const odd = (party: Party, x: Masked, lengths: Lengths): Masked => part(party, x, lengths, (n) => n - isOdd(n), isOdd);

/** Rows of x and of y, joined row by row. */
function join(party: Party, x: Masked, xLengths: Lengths, y: Masked, yLengths: Lengths): Masked {
  if (y.size === 0) return x;
  const [xRuns, yRuns] = [new Int32Array(3 * xLengths.length), new Int32Array(3 * yLengths.length)];
  let [a, b] = [0, 0];
  xLengths.forEach((n, r) => {
    xRuns.set([a + b, a, n], 3 * r);
    a += n;
    yRuns.set([a + b, b, yLengths[r]!], 3 * r);
    b += yLengths[r]!;
  });
  return pieced(party, a + b, [x, xRuns], [y, yRuns]);
}

type Winner = { value: Masked; index: Masked };

/**
 * Index of the largest entry of a row: the same tournament, carrying indices. Of equal entries any may win. Indices have no
 * fractional bits and travel in Z_2^indexBits. [n] -> the winner's value and index, [1] each
 */
export const argmax = scoped(async (party, x: Masked, indexBits: number): Promise<Winner> => {
  let winners: Winner = { value: x, index: publicIndices(party, x.size, indexBits) };
  while (winners.value.size > 1) winners = await winnersOf(party, winners);
  return winners;
});

const winnersOf = scoped(async (party, { value, index }: Winner): Promise<Winner> => {
  const n = value.size;
  const parts = (v: Masked) =>
    [part(party, v, [n], none, half), part(party, v, [n], half, half), odd(party, v, [n])] as const;
  const [[a, b, oddValue], [ia, ib, oddIndex]] = [parts(value), parts(index)];
  const d = sub(party, a, b);
  const [less] = await below(party, d, [0n], { radix: 3 });
  const keep = flip(party, less!);
  const pick = (p: Party, from: Masked, difference: Masked) =>
    select(p, keep, difference).then((s) => remask(p, addAdditive(p, [s, toAdditive(p, from)])));
  const [values, indices] = await party.all(
    (p) => pick(p, b, d),
    (p) => pick(p, ib, sub(p, ia, ib)),
  );
  const whole = (pairs: Masked, rest: Masked) => join(party, pairs, [half(n)], rest, [isOdd(n)]);
  return { value: whole(values, oddValue), index: whole(indices, oddIndex) };
});

export function argmaxPrice(n: number, bits: number, indexBits: number): Price {
  let price: Price = { rounds: 0, dealer: 0, online: 0 };
  for (; n > 1; n -= n >> 1) {
    const pick = (ring: number) => sum(selectPrice(n >> 1, ring), remaskPrice(n >> 1, ring));
    price = sum(price, belowPrice(n >> 1, 1, bits, 3), beside(pick(bits), pick(indexBits)));
  }
  return price;
}

/** 0, 1, 2, ... as a masked value with mask 0: they are public. */
function publicIndices(party: Party, n: number, bits: number): Masked {
  const first = party.deals ? new BigUint64Array(n) : BigUint64Array.from({ length: n }, (_, i) => BigInt(i));
  return new Masked([n], bits, 0, first, party.zeros(n));
}
