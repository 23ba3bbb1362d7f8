import { ensure } from '../errors.ts';
import type { Lanes } from '../kernels/index.ts';
import { type Party, scoped } from '../party/party.ts';
import { bitmapOf, bytesOf, bytesOfBitmap, wordsOf } from '../party/step.ts';
import { spread } from './bits.ts';
import { addPublicAdditive, raiseAdditive } from './local.ts';
import { remask, remaskPrice } from './remask.ts';
import { Additive, type Masked, type Price, sum } from './values.ts';

/** 1 round; t bits from the dealer (the largest t when it differs by element), 2 bits online. */
export const truncatePrice = (n: number, t: number): Price => ({ rounds: 1, dealer: t * n, online: 2 * n });

/** How far to shift: by t everywhere, or by shift[i] <= max for element i (known to the evaluators; the dealer knows max only). */
export type Shift = number | { shift: Lanes | undefined; max: number };

/**
 * floor(z / 2^t) to one unit, without bias and without wrap errors, in the same ring. Needs |z| < 2^(k - 2).
 *
 * Shifting the shares is wrong by 2^(k - t) exactly when they wrap modulo 2^k. With z offset into 0 .. 2^(k-1), they wrap iff
 * either share's top bit u_i is set: w = u_1 + u_2 - u_1 u_2. The product of these two private bits takes a dealt pair of random bits:
 * d = u_1 xor r_1 and e = u_2 xor r_2 are opened, r_1 r_2 is shared in the t bits that survive the shift.
 * `lost` is the unit that the two floors lose on average; 0 where there is nothing to lose, because both shares end in t zeros.
 * Safe: d and e are masked by bits of the seed that each sender shares with the dealer alone.
 */
export const truncate = scoped(async (party, z: Additive, by: Shift, lost: bigint = 1n): Promise<Additive> => {
  const step = party.step();
  step.countRound();
  const { kernels, role } = party;
  const n = z.size;
  const max = typeof by === 'number' ? by : by.max;
  ensure(max > 0 && max < z.bits - 1, `cannot truncate ${max} bits in Z_2^${z.bits}`);
  const frac = typeof by === 'number' ? z.frac - by : z.frac;
  if (role === 0) {
    const [r1, r2] = [step.randomBits(1, n), step.randomBits(2, n)];
    kernels.and(r1, r1, r2);
    await step.deal([{ count: n, bits: max, make: (party) => spread(party, r1, n) }]);
    return new Additive(z.shape, z.bits, frac, undefined);
  }
  const mask = step.randomBits(0, n);
  const help = step.deal([{ count: n, bits: max, make: () => mask }]);
  const offset = 1n << BigInt(z.bits - 2);
  const share = addPublicAdditive(party, z, offset).share!;
  const mine = party.lanes(wordsOf(n));
  kernels.planes(mine, share, z.bits - 1, 1);
  kernels.xor(mine, mine, mask);
  const message = party.message(bytesOf(n, 0));
  message.set(bytesOfBitmap(mine, n));
  const [received, [g]] = await Promise.all([step.exchange(message), help]);
  const theirs = bitmapOf(party, received, n);
  const out = party.lanes(n);
  const shift = typeof by === 'number' ? BigUint64Array.of(BigInt(by)) : by.shift!;
  kernels.truncateFinish(out, share, g!, mine, theirs, shift, z.bits, role === 1);
  if (role === 1) removeOffset(party, out, shift, offset, lost);
  return new Additive(z.shape, z.bits, frac, out);
});

/** Evaluator 1 takes the shifted offset away again, and adds what the floors lose. */
function removeOffset(party: Party, out: Lanes, shift: Lanes, offset: bigint, lost: bigint): void {
  const { kernels } = party;
  if (shift.length === 1) {
    kernels.addConst(out, out, lost - (offset >> shift[0]!));
    return;
  }
  const table = BigUint64Array.from({ length: 64 }, (_, t) => (offset >> BigInt(t)) - lost);
  const back = party.lanes(out.length);
  kernels.gather(back, shift, table, 0);
  kernels.sub(out, out, back);
}

type Scale = { bits: number; frac: number };

/** A value with fewer fractional bits than are wanted is raised first, which costs nothing. */
const raisedForm = ({ bits, frac }: Scale, to: Scale): Scale => {
  const more = Math.max(0, to.frac - frac);
  return { bits: Math.min(64, bits + more), frac: frac + more };
};

/** What `settle` does to get from one ring and scale to another. */
function settling(from: Scale, to: Scale): { free: boolean; t: number; up: number } {
  const t = from.frac - to.frac;
  const free = from.bits - t >= to.bits;
  return { free, t, up: free ? 0 : Math.max(0, to.bits - from.bits) };
}

/** Free, or a truncation. */
export function rescalePrice(n: number, from: Scale, to: Scale): Price {
  const { free, t, up } = settling(raisedForm(from, to), to);
  return free ? { rounds: 0, dealer: 0, online: 0 } : truncatePrice(n, t + up);
}

export const settlePrice = (n: number, from: Scale, to: Scale): Price =>
  sum(rescalePrice(n, from, to), remaskPrice(n, to.bits));

/**
 * Additive -> masked with `frac` fractional bits in Z_2^bits, the cheapest way. If the ring has t bits to spare, the shares are
 * shifted and their wrap, a multiple of 2^(k - t), vanishes in the smaller ring: no message but the remask. Otherwise the value is
 * lifted and truncated in one step. Needs |z| < 2^(k - 2), and that the result fits.
 */
export const settle = scoped(async (party, z: Additive, to: Scale): Promise<Masked> => {
  return remask(party, await rescale(party, z, to), to.bits);
});

/** Like settle, but the result stays additive. */
export const rescale: (party: Party, z: Additive, to: Scale) => Promise<Additive> = scoped(async (party, z, to) => {
  if (z.frac < to.frac) return rescale(party, raiseAdditive(party, z, to.frac - z.frac), to);
  const { free, t, up } = settling(z, to);
  if (free) return new Additive(z.shape, to.bits, to.frac, shiftShares(party, z, t));
  const raised = raiseAdditive(party, z, up);
  const out = await truncate(party, raised, t + up, t === 0 ? 0n : 1n);
  return new Additive(z.shape, to.bits, to.frac, out.share);
});

/** Z_2^k -> Z_2^bits for |z| < 2^(k - 2), exact: shift to the top, truncate back. One round, bits - k bits from the dealer. */
export async function lift(party: Party, z: Additive, bits: number): Promise<Additive> {
  return rescale(party, z, { bits, frac: z.frac });
}

function shiftShares(party: Party, z: Additive, t: number): Lanes | undefined {
  if (party.deals || t === 0) return z.share;
  const out = party.lanes(z.size);
  party.kernels.shiftRight(out, z.share!, t, z.bits);
  if (party.role === 1) party.kernels.addConst(out, out, 1n);
  return out;
}
