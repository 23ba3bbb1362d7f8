import type { Bitmap, Lanes } from '../kernels/index.ts';
import type { Party } from '../party/party.ts';
import { type Deal, wordsOf } from '../party/step.ts';
import { zeros } from './bits.ts';
import type { SharedBits } from './values.ts';

/**
 * The dealer's help for comparing any public number with the bits of a mask: per block of B bits, shares of every product of
 * mask bits (2^B - 1 bits). Bought once, it serves any number of comparisons, because a truth table of the mask's bits with
 * public coefficients is a linear map of these products (algebraic normal form).
 */
export const BLOCK = 3;

/** Sizes of the blocks that cover n bits. */
export function blockSizes(n: number, size = BLOCK): number[] {
  return Array.from({ length: Math.ceil(n / size) }, (_, i) => Math.min(size, n - i * size));
}

/** Bits the dealer sends for blocks over n bits. */
export const blocksPrice = (n: number, size = BLOCK): number =>
  blockSizes(n, size).reduce((total, b) => total + 2 ** b - 1, 0);

/** Bit planes first .. first + count - 1 of the lanes, one bitmap each. */
export function planesOf(party: Party, x: Lanes, first: number, count: number): Bitmap[] {
  const words = wordsOf(x.length);
  const all = party.lanes(words * count);
  if (count > 0) party.kernels.planes(all, x, first, count);
  return Array.from({ length: count }, (_, j) => all.subarray(j * words, (j + 1) * words));
}

/** The items to deal for a block whose mask bits are `bits`: its products in the order 1 .. 2^B - 1 of their subsets. */
export function blockHelp(size: number, n: number, bits: readonly Bitmap[]): Deal<Party>[] {
  return Array.from({ length: 2 ** size - 1 }, (_, s) => ({
    count: n,
    bits: 0,
    make: (party) => productOf(party, bits, s + 1),
  }));
}

function productOf(party: Party, bits: readonly Bitmap[], subset: number): Bitmap {
  const chosen = bits.filter((_, i) => (subset >> i) & 1);
  const out = party.copy(chosen[0]!);
  for (const bit of chosen.slice(1)) party.kernels.and(out, out, bit);
  return out;
}

/** Coefficients, by subset, of [m < l] and [m = l] as polynomials in the bits of l, for public bits of m. */
export function comparisonCoefficients(
  party: Party,
  m: readonly Bitmap[],
  n: number,
): { less: Bitmap[]; equal: Bitmap[] } {
  const { kernels } = party;
  const ones = party.lanes(wordsOf(n));
  kernels.not(ones, zeros(party, n), n);
  let equal: Bitmap[] = [ones];
  let less: Bitmap[] = [zeros(party, n)];
  for (const bit of m) {
    const not = party.lanes(wordsOf(n));
    kernels.not(not, bit, n);
    // eq' = (not m xor l) eq and lt' = not m l xor (not m xor l) lt, where l is the next higher bit of the mask
    equal = timesNext(party, equal, not);
    less = timesNext(party, less, not);
    kernels.xor(less[less.length / 2]!, less[less.length / 2]!, not);
  }
  return { less, equal };
}

/** Coefficients of (c xor l) p, for the coefficients of p and a new variable l. */
function timesNext(party: Party, p: readonly Bitmap[], c: Bitmap): Bitmap[] {
  const low = p.map((coefficient) => {
    const out = party.lanes(coefficient.length);
    party.kernels.and(out, coefficient, c);
    return out;
  });
  return [...low, ...p.map((coefficient) => party.copy(coefficient))];
}

/** Shares of a polynomial in the mask bits: its public coefficients against the dealt products. Evaluators only. */
export function evaluate(
  party: Party,
  coefficients: readonly Bitmap[],
  help: readonly Bitmap[],
  n: number,
): SharedBits {
  const share = party.role === 1 ? party.copy(coefficients[0]!) : zeros(party, n);
  coefficients.slice(1).forEach((c, i) => {
    party.kernels.andXor(share, c, help[i]!);
  });
  return { n, share };
}
