import type { Bitmap, Lanes } from '../kernels/index.ts';
import type { Party } from '../party/party.ts';
import { bitmapOf, bytesOf, bytesOfBitmap, type Deal, type Step, wordsOf } from '../party/step.ts';
import type { Price, SharedBits, Wire } from './values.ts';

/**
 * Logic on shared bits. A shared bit becomes a wire by opening it under a mask r that the dealer knows (2 bits online); any
 * product of wires then follows from shared products of their masks, which the dealer supplies without a message of ours:
 *
 *     AND of (c_i xor r_i)  =  XOR over subsets S of  (AND of c_i outside S) (AND of r_i inside S)
 */

export function zeros(party: Party, n: number): Bitmap {
  return party.zeros(wordsOf(n));
}

/** The bits as lanes that are 0 or 1. */
export function spread(party: Party, bits: Bitmap, n: number): Lanes {
  const out = party.lanes(n);
  party.kernels.spread(out, bits);
  return out;
}

/** b xor a public bit vector, or its complement when there is none. Evaluator 1 applies it. */
export function flip(party: Party, b: SharedBits, by?: Bitmap): SharedBits {
  if (party.role !== 1) return b;
  const share = party.lanes(wordsOf(b.n));
  if (by) party.kernels.xor(share, b.share!, by);
  else party.kernels.not(share, b.share!, b.n);
  return { n: b.n, share };
}

export function xor(party: Party, a: SharedBits, b: SharedBits): SharedBits {
  if (party.deals) return a;
  const share = party.lanes(wordsOf(a.n));
  party.kernels.xor(share, a.share!, b.share!);
  return { n: a.n, share };
}

/**
 * Opens shared bits into wires: evaluators swap s_i xor r_i, all bits in one message. One round, 2 bits each.
 * Safe: r_i comes from the seed that its sender shares with the dealer alone. Call step.countRound() with it.
 */
export async function open(party: Party, step: Step<Party>, bits: readonly SharedBits[]): Promise<Wire[]> {
  const masks = drawMasks(party, step, bits);
  if (party.deals) return bits.map(({ n }, i) => ({ n, c: undefined, r: masks[i]! }));
  return swap(party, step, bits, masks);
}

/** The masks of wires about to be opened; the dealer gets r_1 xor r_2. Split from swap() where help must be dealt between. */
export function drawMasks(party: Party, step: Step<Party>, bits: readonly { n: number }[]): Bitmap[] {
  return bits.map(({ n }) => {
    if (!party.deals) return step.randomBits(0, n);
    const r = step.randomBits(1, n);
    party.kernels.xor(r, r, step.randomBits(2, n));
    return r;
  });
}

/** The evaluators' part of open(). */
export async function swap(
  party: Party,
  step: Step<Party>,
  bits: readonly SharedBits[],
  masks: readonly Bitmap[],
): Promise<Wire[]> {
  const message = party.message(bits.reduce((total, b) => total + bytesOf(b.n, 0), 0));
  let at = 0;
  const mine = bits.map((b, i) => {
    const masked = party.lanes(wordsOf(b.n));
    party.kernels.xor(masked, b.share!, masks[i]!);
    message.set(bytesOfBitmap(masked, b.n), at);
    at += bytesOf(b.n, 0);
    return masked;
  });
  const theirs = await step.exchange(message);
  at = 0;
  return bits.map((b, i) => {
    const c = bitmapOf(party, theirs.subarray(at, (at += bytesOf(b.n, 0))), b.n);
    party.kernels.xor(c, c, mine[i]!);
    return { n: b.n, c, r: masks[i]! };
  });
}

/** Subsets of 0 .. n - 1 with two or more members, as bit masks: the products the dealer shares for an AND of n wires. */
export const products = (n: number): number[] =>
  Array.from({ length: 2 ** n }, (_, s) => s).filter((s) => (s & (s - 1)) !== 0);

/** What the dealer must share so that the evaluators can AND these masks. */
export function conjunctionHelp(masks: readonly Bitmap[], n: number): Deal<Party>[] {
  return products(masks.length).map((subset) => ({
    count: n,
    bits: 0,
    make: (p) =>
      conjunctionOf(
        p,
        masks.filter((_, i) => (subset >> i) & 1),
        n,
      ),
  }));
}

function conjunctionOf(party: Party, maps: readonly Bitmap[], n: number): Bitmap {
  const out = party.copy(maps[0]!);
  for (const map of maps.slice(1)) party.kernels.and(out, out, map);
  return out.length === wordsOf(n) ? out : out.subarray(0, wordsOf(n));
}

/** Shares of the AND of wires, from the dealt products in the order of products(). Evaluators only; local. */
export function conjunction(party: Party, wires: readonly Wire[], help: readonly Bitmap[]): SharedBits {
  const { kernels, role } = party;
  const n = wires[0]!.n;
  const share = zeros(party, n);
  const order = products(wires.length);
  for (let subset = 0; subset < 2 ** wires.length; subset++) {
    const outside = wires.filter((_, i) => !((subset >> i) & 1)).map((w) => w.c!);
    if (subset === 0) {
      if (role === 1) kernels.xor(share, share, conjunctionOf(party, outside, n));
      continue;
    }
    const at = order.indexOf(subset);
    const inside = at >= 0 ? help[at]! : wires[Math.log2(subset)]!.r;
    if (outside.length === 0) kernels.xor(share, share, inside);
    else kernels.andXor(share, conjunctionOf(party, outside, n), inside);
  }
  return { n, share };
}

/** So many bits are multiplied in one round. */
const RADIX = 3;

/**
 * The AND of each list of bits. All lists have one length, and share rounds: ceil(log3(length)).
 * Safe: bits are opened under fresh masks, as in open(); the dealer shares products of these masks, in fresh halves.
 */
export async function allOf(party: Party, lists: SharedBits[][]): Promise<SharedBits[]> {
  while (lists[0]!.length > 1) lists = await allOfLevel(party, lists);
  return lists.map((list) => list[0]!);
}

async function allOfLevel(party: Party, lists: SharedBits[][]): Promise<SharedBits[][]> {
  const step = party.step();
  step.countRound();
  const groups = lists.map((list) => groupsOf(list));
  const work = groups.flat().filter((group) => group.length > 1);
  const masks = drawMasks(party, step, work.flat());
  let at = 0;
  const masksOf = work.map((group) => masks.slice(at, (at += group.length)));
  const help = step.deal(work.flatMap(({ 0: first }, w) => conjunctionHelp(masksOf[w]!, first!.n)));
  if (party.deals) {
    await help;
    return groups.map((all) => all.map((group) => group[0]!));
  }
  const [wires, dealt] = await Promise.all([swap(party, step, work.flat(), masks), help]);
  let [wire, used] = [0, 0];
  const done = work.map(({ length }) => {
    const own = wires.slice(wire, (wire += length));
    return conjunction(party, own, dealt.slice(used, (used += 2 ** length - 1 - length)));
  });
  return groups.map((all) => all.map((group) => (group.length > 1 ? done.shift()! : group[0]!)));
}

const groupsOf = <T>(list: readonly T[]): T[][] =>
  Array.from({ length: Math.ceil(list.length / RADIX) }, (_, i) => list.slice(i * RADIX, (i + 1) * RADIX));

/** Of n lists of so many bits. */
export function allOfPrice(n: number, bits: number): Price {
  const price = { rounds: 0, dealer: 0, online: 0 };
  for (; bits > 1; bits = Math.ceil(bits / RADIX)) {
    for (const { length } of groupsOf(Array(bits).fill(0))) {
      if (length < 2) continue;
      price.dealer += (2 ** length - 1 - length) * n;
      price.online += 2 * length * n;
    }
    price.rounds++;
  }
  return price;
}
