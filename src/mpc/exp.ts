import { ensure } from '../errors.ts';
import type { Bitmap, Lanes } from '../kernels/index.ts';
import { type Party, scoped } from '../party/party.ts';
import { allOf, allOfPrice, drawMasks, swap } from './bits.ts';
import { BLOCK, blockHelp, blockSizes, blocksPrice, comparisonCoefficients, evaluate, planesOf } from './blocks.ts';
import { derived, reduce, scale } from './local.ts';
import { powerTable, risingTable } from './tables.ts';
import { truncate, truncatePrice } from './truncate.ts';
import { Additive, Masked, type Price, type SharedBits, sum } from './values.ts';

/** The argument has 14 fractional bits; from 16 on the result is below 2^-16. */
export const EXP_FRAC = 14;
const WINDOW = 4;
const LOW_BITS = EXP_FRAC + WINDOW;
/** Fractional bits of a result, unless more or fewer are asked for. */
const EXP_OUT = 15;
/** For results of `out` fractional bits: those of the dealer's powers (the public ones have as many as the result). */
const dealtFrac = (out: number): number => out + 1;
/** The largest shift of the truncation. */
const maxShift = (out: number): number => dealtFrac(out) + 2 ** WINDOW;
/** The smallest ring: fractional bits of both powers, the largest dealt power, sign and head room. */
export const expRing = (out: number = EXP_OUT): number => dealtFrac(out) + out + 2 ** WINDOW + 3;

/** What 2^-y comes in: fractional bits; the ring, expRing(frac) or more. */
export type ExpForm = { bits: number; frac: number };
const EXP_FORM: ExpForm = { bits: expRing(), frac: EXP_OUT };

/** 2^-y of n arguments in Z_2^bits. */
export function exp2NegPrice(n: number, bits: number, to: ExpForm = EXP_FORM): Price {
  const high = bits - LOW_BITS;
  const equal = allOfPrice(2 * n, blockSizes(high).length);
  const picks = { rounds: 1, dealer: (blocksPrice(high) + 4 * to.bits) * n, online: 4 * n };
  return sum(equal, picks, truncatePrice(n, maxShift(to.frac)));
}

/**
 * 2^-y of masked y >= 0 in Z_2^bits, with 14 fractional bits, y < 2^(bits - 14) - 16: additive, in the form `to`. Largest error 1.8
 * units, and 2^-16 from y = 16 on.
 * With m = 2^18 m_high + m_low and l likewise, y = m - l has floor(y / 16) = 0 only if m_high - l_high is 0 or 1, and then
 *
 *     2^-y = 2^-m_low 2^l_low             where m_high - l_high = 0
 *     2^-y = 2^-m_low 2^(l_low - 16)      where it is 1: right for every y below 32
 *     2^-y = 0                            elsewhere
 *
 * 2^-m is public. The dealer knows l: it shares 2^l and 2^(l - 16), also multiplied by the masks of the two bits that select them. No borrow is
 * looked for, so no comparison is needed: equality of high bits is a product of equalities of blocks.
 * Safe: opened bits are masked (bits.ts), dealt halves are fresh; the shift of the truncation depends on m alone.
 */
export const exp2Neg = scoped(async (party, y: Masked, { bits: ring, frac }: ExpForm = EXP_FORM): Promise<Additive> => {
  ensure(ring >= expRing(frac), `2^-y with ${frac} fractional bits is computed in Z_2^${expRing(frac)} or more`);
  ensure(y.frac === EXP_FRAC && y.bits > LOW_BITS, `exp2Neg takes 14 fractional bits in Z_2^${LOW_BITS + 1} or more`);
  const picks = await pickBits(party, y);
  const value = await pickPowers(party, y, picks, { bits: ring, frac: dealtFrac(frac) });
  const [m, n, max] = [y.first, y.size, maxShift(frac)];
  if (party.deals) return truncate(party, new Additive(y.shape, ring, frac, undefined), { shift: undefined, max });
  const { kernels } = party;
  const fraction = party.lanes(n);
  kernels.gather(
    fraction,
    m,
    party.table(`2^-m ${frac}`, () => powerTable(EXP_FRAC, frac)),
    0,
  );
  kernels.mul(value, value, fraction);
  const shift = party.lanes(n);
  kernels.shiftRight(shift, m, EXP_FRAC, LOW_BITS);
  kernels.addConst(shift, shift, BigInt(dealtFrac(frac) + 1)); // 2^-m = 2^-(floor(m) + 1) times the table's value in (1, 2]
  return truncate(party, new Additive(y.shape, ring, frac, value), { shift, max });
});

/** Shares of [m_high = l_high] and [m_high - 1 = l_high]: whether 2^l, or 2^(l - 16), is the dealer's factor. */
async function pickBits(party: Party, y: Masked): Promise<SharedBits[]> {
  const step = party.step();
  const [n, high] = [y.size, y.bits - LOW_BITS];
  const sizes = blockSizes(high);
  const planes = party.deals ? planesOf(party, derived(party, y), LOW_BITS, high) : [];
  const cut = (all: readonly Bitmap[], i: number) => all.slice(i * BLOCK, i * BLOCK + sizes[i]!);
  const help = await step.deal(sizes.flatMap((size, i) => blockHelp(size, n, cut(planes, i))));
  const equals = [0n, 1n].map((back) => {
    if (party.deals) return sizes.map(() => ({ n, share: undefined }));
    const moved = party.lanes(n);
    party.kernels.addConst(moved, y.first, -(back << BigInt(LOW_BITS)));
    const bits = planesOf(party, moved, LOW_BITS, high);
    let used = 0;
    return sizes.map((size, i) => {
      const { equal } = comparisonCoefficients(party, cut(bits, i), n);
      return evaluate(party, equal, help.slice(used, (used += 2 ** size - 1)), n);
    });
  });
  return allOf(party, equals);
}

/** pick_0 2^l + pick_1 2^(l - 16): opens the picks, one round. Evaluators get their shares, the dealer nothing. */
async function pickPowers(
  party: Party,
  y: Masked,
  picks: readonly SharedBits[],
  { bits, frac }: ExpForm,
): Promise<Lanes> {
  const step = party.step();
  step.countRound();
  const { kernels } = party;
  const n = y.size;
  const masks = drawMasks(party, step, picks);
  const powers = party.deals ? [dealtPowers(party, y, frac), dealtPowers(party, y, frac - 2 ** WINDOW)] : [];
  const items = picks.flatMap((_, i) => [
    { count: n, bits, make: () => powers[i]! },
    { count: n, bits, make: (p: Party) => masked(p, powers[i]!, masks[i]!) },
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
/** Integer bits of y log2(e) that are told apart. */
const EXP_INTEGERS = 8;

export const expNegPrice = (n: number): Price => exp2NegPrice(n, EXP_FRAC + EXP_INTEGERS);

/** exp(-y) for 0 <= y < 166 (18 fractional bits, a ring of 42 bits or more): exp2Neg of y log2(e). Largest error 2^-13.5. */
export function expNeg(party: Party, y: Masked): Promise<Additive> {
  const scaled = scale(party, y, LOG2_E, { frac: y.frac + 16 });
  return exp2Neg(party, reduce(floored(party, scaled, y.frac + 16 - EXP_FRAC), EXP_FRAC + EXP_INTEGERS));
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
