import { ensure } from '../errors.ts';
import type { Bitmap, Lanes } from '../kernels/index.ts';
import { type Party, scoped } from '../party/party.ts';
import { conjunction, conjunctionHelp, drawMasks, flip, swap, xor } from './bits.ts';
import { BLOCK, blockHelp, blockSizes, blocksPrice, comparisonCoefficients, evaluate, planesOf } from './blocks.ts';
import { derived } from './local.ts';
import { beside, type Masked, type Price, type SharedBits } from './values.ts';

/** Result of a block, or of blocks merged: [m < l] and [m = l]. The lowest node never needs its `equal`. */
type Node = { less: SharedBits; equal: SharedBits | undefined };

/**
 * Shares of [m < l] from block results, lowest block first; one list of nodes for each of several comparisons, which share rounds.
 * `radix` nodes merge per round: less = less_top xor equal_top less_next xor ..., each product a conjunction of opened wires.
 */
async function mergeAll(party: Party, lists: Node[][], n: number, radix: number): Promise<SharedBits[]> {
  while (lists[0]!.length > 1) lists = await mergeLevel(party, lists, n, radix);
  return lists.map((list) => list[0]!.less);
}

/** The wires a group of nodes opens, low to high: every less but the top one, every equal but the lowest of all. */
function wiresOf(
  group: readonly Node[],
  lowest: boolean,
): { less: number[]; equal: (number | undefined)[]; count: number } {
  let count = 0;
  const less = group.slice(0, -1).map(() => count++);
  const equal = group.map((_, i) => (i > 0 || !lowest ? count++ : undefined));
  return { less, equal, count };
}

/** Products a merge needs, as lists of wire numbers: one per lower node, and the AND of all equals unless it is the lowest group. */
function mergeTerms(group: readonly Node[], lowest: boolean): number[][] {
  const { less, equal } = wiresOf(group, lowest);
  const terms = less.map((wire, i) => [...equal.slice(i + 1).map((e) => e!), wire]);
  return lowest ? terms : [...terms, equal.map((e) => e!)];
}

async function mergeLevel(party: Party, lists: Node[][], n: number, radix: number): Promise<Node[][]> {
  const step = party.step();
  step.countRound();
  const groups = lists.flatMap((list) => chunks(list, radix).map((group, g) => ({ group, lowest: g === 0 })));
  const work = groups.filter(({ group }) => group.length > 1);
  const opened = work.map(({ group, lowest }) => {
    const { less, equal } = wiresOf(group, lowest);
    return [
      ...less.map((_, i) => group[i]!.less),
      ...equal.flatMap((wire, i) => (wire === undefined ? [] : [group[i]!.equal!])),
    ];
  });
  const masks = drawMasks(party, step, opened.flat());
  let at = 0;
  const masksOf = opened.map((bits) => masks.slice(at, (at += bits.length)));
  const help = step.deal(
    work.flatMap(({ group, lowest }, w) =>
      mergeTerms(group, lowest).flatMap((term) =>
        conjunctionHelp(
          term.map((i) => masksOf[w]![i]!),
          n,
        ),
      ),
    ),
  );
  if (party.deals) {
    await help;
    return lists.map((list) => chunks(list, radix).map((group) => group[0]!));
  }
  const [wires, dealt] = await Promise.all([swap(party, step, opened.flat(), masks), help]);
  at = 0;
  const wiresBy = opened.map((bits) => wires.slice(at, (at += bits.length)));
  let used = 0;
  const merged = work.map(({ group, lowest }, w) => {
    const parts = mergeTerms(group, lowest).map((term) => {
      const take = 2 ** term.length - 1 - term.length;
      return conjunction(
        party,
        term.map((i) => wiresBy[w]![i]!),
        dealt.slice(used, (used += take)),
      );
    });
    const equal = lowest ? undefined : parts.pop();
    return { less: parts.reduce((a, b) => xor(party, a, b), group.at(-1)!.less), equal };
  });
  return lists.map((list) => chunks(list, radix).map((group) => (group.length > 1 ? merged.shift()! : group[0]!)));
}

function chunks<T>(list: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(list.length / size) }, (_, i) => list.slice(i * size, (i + 1) * size));
}

/** Prices of the merges: what each level opens and what the dealer shares for it. */
export function mergePrice(nodes: number, radix: number): Price {
  const price = { rounds: 0, dealer: 0, online: 0 };
  while (nodes > 1) {
    const sizes = Array.from({ length: Math.ceil(nodes / radix) }, (_, i) => Math.min(radix, nodes - i * radix));
    sizes.forEach((size, g) => {
      if (size === 1) return;
      const group = Array<Node>(size).fill({ less: { n: 0, share: undefined }, equal: undefined });
      price.online += 2 * wiresOf(group, g === 0).count;
      for (const term of mergeTerms(group, g === 0)) price.dealer += 2 ** term.length - 1 - term.length;
    });
    price.rounds += 1;
    nodes = sizes.length;
  }
  return price;
}

const EMPTY: SharedBits = { n: 0, share: undefined };

/**
 * [m mod 2^bits < l mod 2^bits] for each of several public m against one mask l. Public inputs and masks come as lanes;
 * `mask` is the dealer's, `publics` the evaluators'. Rounds: ceil(log_radix(number of blocks)). With `times`, every m has so many times
 * as many elements, and element i meets mask i mod n.
 */
export async function lessThanMask(
  party: Party,
  mask: Lanes | undefined,
  publics: readonly (Lanes | undefined)[],
  n: number,
  bits: number,
  options: { radix?: number; top?: boolean; times?: number } = {},
): Promise<{ less: SharedBits[]; top: SharedBits | undefined }> {
  const { radix = 3, times = 1 } = options;
  const step = party.step();
  const sizes = blockSizes(bits);
  const l = mask ? planesOf(party, mask, 0, bits + (options.top ? 1 : 0)) : [];
  const items = sizes.flatMap((size, i) => blockHelp(size, n, l.slice(i * BLOCK, i * BLOCK + size)));
  if (options.top) items.push({ count: n, bits: 0, make: () => l[bits]! });
  const help = (await step.deal(items)).map((bits) => repeated(party, bits, n, times));
  const all = n * times;
  const top = options.top ? { n: all, share: help[items.length - 1] } : undefined;
  const lists = publics.map((m) => blockNodes(party, m, help, sizes, all, bits));
  return { less: await mergeAll(party, lists, all, radix), top };
}

/** n bits, so many times one after the other. */
function repeated(party: Party, bits: Bitmap, n: number, times: number): Bitmap {
  if (times === 1) return bits;
  const all = party.lanes(n * times);
  party.kernels.spread(all.subarray(0, n), bits);
  for (let done = n; done < all.length; done *= 2) all.copyWithin(done, 0, Math.min(done, all.length - done));
  return planesOf(party, all, 0, 1)[0]!;
}

function blockNodes(
  party: Party,
  m: Lanes | undefined,
  help: readonly Bitmap[],
  sizes: readonly number[],
  n: number,
  bits: number,
): Node[] {
  if (party.deals) return sizes.map(() => ({ less: { ...EMPTY, n }, equal: { ...EMPTY, n } }));
  const planes = planesOf(party, m!, 0, bits);
  let used = 0;
  return sizes.map((size, i) => {
    const products = help.slice(used, (used += 2 ** size - 1));
    const { less, equal } = comparisonCoefficients(party, planes.slice(i * BLOCK, i * BLOCK + size), n);
    return { less: evaluate(party, less, products, n), equal: i > 0 ? evaluate(party, equal, products, n) : undefined };
  });
}

export type BelowOptions = {
  /** Low bits to leave out: the answer may be wrong for T - 2^(t + 1) < x < T (T - 2^t for T a multiple of 2^t). */
  t?: number;
  /** Bits that are compared: |x - T| < 2^(n - 1 + t) must hold. The ring's bits, less t, when left out. */
  n?: number;
  radix?: number;
};

export function belowPrice(size: number, thresholds: number, n: number, radix = 2): Price {
  const merge = mergePrice(blockSizes(n - 1).length, radix);
  const all = beside(...Array<Price>(thresholds).fill(merge));
  return { rounds: all.rounds, dealer: size * (blocksPrice(n - 1) + 1 + all.dealer), online: size * all.online };
}

/**
 * Shared bits [x < T] for public thresholds T, integers in x's units. With m_T = m - T, x - T = m_T - l is negative iff the top bits
 * of m_T and l and the borrow [m_T < l] of the bits below add up to 1. All thresholds use one set of dealt bits.
 * Safe: m is public, everything opened is masked (bits.ts).
 */
export const below = scoped(
  async (party, x: Masked, thresholds: readonly bigint[], options: BelowOptions = {}): Promise<SharedBits[]> => {
    const { mask, m, n, radix } = operands(party, x, options);
    const shifted = thresholds.map((threshold) => m && minus(party, m, threshold >> BigInt(options.t ?? 0)));
    const { less, top } = await lessThanMask(party, mask, shifted, x.size, n - 1, { top: true, radix });
    if (party.deals) return thresholds.map(() => ({ n: x.size, share: undefined }));
    return less.map((bit, i) => signOf(party, bit, top!, shifted[i]!, n));
  },
);

/** The same bits as one list, threshold by threshold: for many thresholds and few elements. */
export const belowEach = scoped(
  async (party, x: Masked, thresholds: readonly bigint[], options: BelowOptions = {}): Promise<SharedBits> => {
    const { mask, m, n, radix } = operands(party, x, options);
    const all = x.size * thresholds.length;
    const shifted = m && party.lanes(all);
    if (m && shifted) {
      const values = thresholds.map((threshold) => BigInt.asUintN(64, threshold >> BigInt(options.t ?? 0)));
      for (let t = 0; t < thresholds.length; t++) shifted.set(m, t * x.size);
      party.kernels.sub(shifted, shifted, BigUint64Array.from(values), Math.max(1, x.size));
    }
    const how = { top: true, radix, times: thresholds.length };
    const { less, top } = await lessThanMask(party, mask, [shifted], x.size, n - 1, how);
    return shifted ? signOf(party, less[0]!, top!, shifted, n) : { n: all, share: undefined };
  },
);

/** What is compared of x: the dealer's mask or the public m, without the low bits that are left out. */
function operands(party: Party, x: Masked, { t = 0, radix = 2, n = x.bits - t }: BelowOptions) {
  ensure(n <= x.bits - t, `cannot compare ${n} bits of Z_2^${x.bits} less ${t}`);
  const cut = (a: Lanes) => {
    const out = party.lanes(x.size);
    party.kernels.shiftRight(out, a, t, x.bits);
    return out;
  };
  const mask = party.deals ? cut(derived(party, x)) : undefined;
  const m = party.deals ? undefined : cut(x.first);
  return { mask, m, n, radix };
}

/** The top bit of m - l of n bits, from the borrow of the bits below and the top bits of m and l. */
function signOf(party: Party, borrow: SharedBits, top: SharedBits, m: Lanes, n: number): SharedBits {
  const [sign] = planesOf(party, m, n - 1, 1);
  return flip(party, xor(party, borrow, top), sign);
}

function minus(party: Party, m: Lanes, threshold: bigint): Lanes {
  const out = party.lanes(m.length);
  party.kernels.addConst(out, m, -threshold);
  return out;
}
