import { ensure } from '../errors.ts';
import type { Bitmap, Lanes } from '../kernels/index.ts';
import { type Party, scoped } from '../party/party.ts';
import { wordsOf } from '../party/step.ts';
import { conjunction, conjunctionHelp, drawMasks, swap } from './bits.ts';
import { blockHelp, blockSizes, comparisonCoefficients, evaluate, planesOf } from './blocks.ts';
import { lessThanMask, mergePrice } from './compare.ts';
import { derived, scale } from './local.ts';
import { powerTable, risingTable } from './tables.ts';
import { truncate, truncatePrice } from './truncate.ts';
import { Additive, Masked, type Price, type SharedBits, sum } from './values.ts';

/** The argument has 14 fractional bits; the result is zero from 16 on (2^-16); arguments below 2^8 are told apart. */
export const EXP_FRAC = 14;
const WINDOW = 4;
const HIGH = 4;
const LOW_BITS = EXP_FRAC + WINDOW;
/** Fractional bits of the dealer's powers and of the public ones; the result's; the ring: g + p + the largest shift, sign and head room. */
const G = 16;
const P = 15;
export const EXP_OUT = 15;
const RING = 50;

/** Bits of an argument's ring that matter. */
export const EXP_BITS = LOW_BITS + HIGH;

export function exp2NegPrice(n: number): Price {
  const merge = mergePrice(blockSizes(LOW_BITS).length, 3);
  const blocks = blockSizes(LOW_BITS).reduce((total, size) => total + 2 ** size - 1, 0);
  const picks = { rounds: 2, dealer: (2 ** HIGH - 1 + 2 + 4 * RING) * n, online: (2 * 3 + 2 * 2) * n };
  return sum(
    { rounds: merge.rounds, dealer: (blocks + merge.dealer) * n, online: merge.online * n },
    picks,
    truncatePrice(n, G + P - EXP_OUT + 2 ** WINDOW),
  );
}

/**
 * 2^-y of masked y, 0 <= y < 256, with 14 fractional bits: additive, 15 fractional bits, Z_2^50; largest error 2^-14.
 * With y mod 16 = m - l + 16 w, w = [m mod 16 < l mod 16]:
 *
 *     2^-y = 2^-m 2^l 2^(-16 w)   where floor(y / 16) = 0, that is floor(m / 16) - floor(l / 16) = w, and 0 elsewhere
 *
 * 2^-m is public. The dealer knows l: it shares 2^l and 2^(l - 16), also multiplied by the masks of the two bits that select them:
 * (not w)[m_high = l_high] and w [m_high - 1 = l_high].
 * Safe: opened bits are masked (bits.ts), dealt halves are fresh; the shift of the truncation depends on m alone.
 */
export const exp2Neg = scoped(async (party, y: Masked): Promise<Additive> => {
  ensure(y.frac === EXP_FRAC && y.bits >= EXP_BITS, `exp2Neg takes 14 fractional bits in Z_2^${EXP_BITS} or more`);
  const picks = await pickBits(party, y);
  const value = await pickPowers(party, y, picks);
  const [m, n] = [y.first, y.size];
  if (party.deals)
    return truncate(party, new Additive(y.shape, RING, EXP_OUT, undefined), { shift: undefined, max: MAX_SHIFT });
  const { kernels } = party;
  const fraction = party.lanes(n);
  kernels.gather(
    fraction,
    m,
    party.table('2^-m', () => powerTable(EXP_FRAC, P)),
    0,
  );
  kernels.mul(value, value, fraction);
  const shift = party.lanes(n);
  kernels.shiftRight(shift, m, EXP_FRAC, LOW_BITS);
  kernels.addConst(shift, shift, BigInt(G + P - EXP_OUT + 1)); // 2^-m = 2^-(floor(m) + 1) times the table's value in (1, 2]
  return truncate(party, new Additive(y.shape, RING, EXP_OUT, value), { shift, max: MAX_SHIFT });
});

const MAX_SHIFT = G + P - EXP_OUT + 2 ** WINDOW;

/** Shares of (not w) e0 and w e1: whether 2^l, or 2^(l - 16), is the dealer's factor. */
async function pickBits(party: Party, y: Masked): Promise<SharedBits[]> {
  const n = y.size;
  const step = party.step();
  const [l, m] = party.deals ? [derived(party, y), undefined] : [undefined, y.first];
  const high = l ? planesOf(party, l, LOW_BITS, HIGH) : [];
  const help = step.deal(blockHelp(HIGH, n, high));
  const [{ less }, dealt] = await Promise.all([lessThanMask(party, l, [m], n, LOW_BITS), help]);
  const equals = [0n, 1n].map((back) => highEquals(party, m, back, dealt, n));
  const borrow = less[0]!;
  return both(party, [borrow, ...equals], n);
}

/** Shares of [floor(m / 16) - back = floor(l / 16) mod 2^HIGH]. */
function highEquals(party: Party, m: Lanes | undefined, back: bigint, help: readonly Bitmap[], n: number): SharedBits {
  if (!m) return { n, share: undefined };
  const moved = party.lanes(n);
  party.kernels.addConst(moved, m, -(back << BigInt(LOW_BITS)));
  const { equal } = comparisonCoefficients(party, planesOf(party, moved, LOW_BITS, HIGH), n);
  return evaluate(party, equal, help, n);
}

/** Opens w, e0, e1 and returns shares of (not w) e0 and w e1: one round. */
async function both(party: Party, bits: readonly SharedBits[], n: number): Promise<SharedBits[]> {
  const step = party.step();
  step.countRound();
  const masks = drawMasks(party, step, bits);
  const [w, e0, e1] = masks as [Bitmap, Bitmap, Bitmap];
  const help = step.deal([...conjunctionHelp([w, e0], n), ...conjunctionHelp([w, e1], n)]);
  if (party.deals) {
    await help;
    return [0, 1].map(() => ({ n, share: undefined }));
  }
  const [[ww, w0, w1], [d0, d1]] = await Promise.all([swap(party, step, bits, masks), help]);
  const notW = { ...ww!, c: complement(party, ww!.c!, n) };
  return [conjunction(party, [notW, w0!], [d0!]), conjunction(party, [ww!, w1!], [d1!])];
}

function complement(party: Party, c: Bitmap, n: number): Bitmap {
  const out = party.lanes(wordsOf(n));
  party.kernels.not(out, c, n);
  return out;
}

/** pick_0 2^l + pick_1 2^(l - 16), with G fractional bits: opens the picks, one round. Evaluators get their shares, the dealer nothing. */
async function pickPowers(party: Party, y: Masked, picks: readonly SharedBits[]): Promise<Lanes> {
  const step = party.step();
  step.countRound();
  const { kernels } = party;
  const n = y.size;
  const masks = drawMasks(party, step, picks);
  const powers = party.deals ? [dealtPowers(party, y, G), dealtPowers(party, y, G - 2 ** WINDOW)] : [];
  const items = picks.flatMap((_, i) => [
    { count: n, bits: RING, make: () => powers[i]! },
    { count: n, bits: RING, make: (p: Party) => masked(p, powers[i]!, masks[i]!) },
  ]);
  const help = step.deal(items);
  if (party.deals) {
    await help;
    return party.lanes(0);
  }
  const [wires, dealt] = await Promise.all([swap(party, step, picks, masks), help]);
  const out = party.lanes(n);
  kernels.blend(out, wires[0]!.c!, dealt[0]!, dealt[1]!);
  kernels.blend(dealt[3]!, wires[1]!.c!, dealt[2]!, dealt[3]!);
  kernels.add(out, out, dealt[3]!);
  return out;
}

/** Fractional bits of the tables the dealer's powers are made of. */
const OCTAVE = 30;

/** round(2^(l mod 16) 2^g), 0 <= g < 30: a table of one octave, times a power of two. */
function dealtPowers(party: Party, y: Masked, g: number): Lanes {
  const { kernels } = party;
  const l = derived(party, y);
  const [out, whole] = [party.lanes(y.size), party.lanes(y.size)];
  kernels.gather(
    out,
    l,
    party.table('2^l', () => risingTable(EXP_FRAC, OCTAVE)),
    0,
  );
  kernels.gather(
    whole,
    l,
    BigUint64Array.from({ length: 2 ** WINDOW }, (_, i) => 1n << BigInt(i)),
    EXP_FRAC,
  );
  kernels.mul(out, out, whole);
  kernels.addConst(out, out, 1n << BigInt(OCTAVE - g - 1));
  kernels.shiftRight(out, out, OCTAVE - g, 64);
  return out;
}

function masked(party: Party, values: Lanes, bits: Bitmap): Lanes {
  const out = party.lanes(values.length);
  party.kernels.spread(out, bits);
  party.kernels.mul(out, out, values);
  return out;
}

/** log2(e) with 16 fractional bits. */
const LOG2_E = 94548n;

export const expNegPrice = exp2NegPrice;

/** exp(-y) for 0 <= y < 177 (18 fractional bits, a ring of 42 bits or more): exp2Neg of y log2(e). Largest error 2^-13.5. */
export function expNeg(party: Party, y: Masked): Promise<Additive> {
  const scaled = scale(party, y, LOG2_E, { frac: y.frac + 16 });
  return exp2Neg(party, floored(party, scaled, y.frac + 16 - EXP_FRAC));
}

/**
 * y less its t lowest bits, never below floor(y / 2^t) and at most one unit above: unlike drop(), which may take 0 to -1.
 * m and l1 + l2 are shifted, so the halves of the mask are lost: only for exp2Neg, which reads m and the dealer's l.
 */
function floored(party: Party, y: Masked, t: number): Masked {
  const out = party.lanes(y.size);
  party.kernels.shiftRight(out, party.deals ? derived(party, y) : y.first, t, y.bits);
  return new Masked(y.shape, y.bits - t, y.frac - t, out, party.zeros(y.size));
}
