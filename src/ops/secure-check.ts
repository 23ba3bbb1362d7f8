/**
 * Whether values stayed within their rings, found out by the parties without learning it: the client alone is told a count for each kind
 * of site. Values of a row are taken in groups. Of each group x the parties compute sums of +-x with public signs, which is local, and compare
 * every sum with the limit of a single value. If a value is beyond the limit, so is each sum with a chance of one half at least: turning its sign
 * moves the sum by twice the value. A group of ordinary values has sums of about its norm, far below the limit.
 */
import { createHash } from 'node:crypto';
import { ensure } from '../errors.ts';
import type { Lanes } from '../kernels/index.ts';
import { flip } from '../mpc/bits.ts';
import { below, belowPrice } from '../mpc/compare.ts';
import { addAdditive } from '../mpc/local.ts';
import { toRing, toRingPrice } from '../mpc/select.ts';
import { settle, settlePrice } from '../mpc/truncate.ts';
import { Additive, type Price, type Ring, sum } from '../mpc/values.ts';
import type { Party } from '../party/party.ts';
import { type ModelRing, SITE_KINDS, type SiteKind } from '../rings/schema.ts';

/** Values in a group, and sums of each: a value that left is missed with a chance of 2^-16 at most. */
const GROUP = 64;
const SUMS = 16;
/** Bits that a limit has where sums are compared with it; of the ring of the counts. */
const RESOLUTION = 6;
const COUNT_BITS = 26;

type Note = { key: string; kind: SiteKind; limit: number; sums: Additive };

/** Collects what is to be checked of one text, and checks it in a few rounds at the end. */
export class RangeChecks {
  private readonly noted: Note[] = [];

  constructor(private readonly ring: Pick<ModelRing, 'unproved'>) {}

  /** Values of this site that should be below the limit; additive, of any shape. Nothing for a site that the weights prove. */
  note(party: Party, kind: SiteKind, place: string, x: Additive, limit: number, group = GROUP): void {
    const { unproved } = this.ring;
    if (x.size === 0) return;
    if (unproved && !unproved.some((site) => site.kind === kind && site.place === place)) return;
    const key = `${place} ${kind}`;
    const sums = party.keep(signedSums(party, x, group, key));
    this.noted.push({ key, kind, limit: limitIn(x, limit), sums });
  }

  /** How many sums were beyond their limits, for each of SITE_KINDS; additive. [kinds] */
  async counts(party: Party): Promise<Additive> {
    const groups = groupsOf(this.noted);
    const share = party.deals ? undefined : party.zeros(SITE_KINDS.length);
    for (let from = 0; from < groups.length; from += AT_ONCE) {
      const some = groups.slice(from, from + AT_ONCE);
      const counted = (await party.all(...some.map((sites) => (p: Party) => beyond(p, sites)))) as Additive[];
      some.forEach(([{ kind }], i) => {
        if (share) share[SITE_KINDS.indexOf(kind)]! += counted[i]!.share![0]!;
      });
    }
    return new Additive([1, SITE_KINDS.length], COUNT_BITS, 0, share);
  }
}

/** Groups that are compared side by side. */
const AT_ONCE = 60;

type Group = [Note, ...Note[]];

/** Sites of one kind, ring and limit are compared together. Steps that run side by side may note them in any order: names give the order. */
function groupsOf(noted: readonly Note[]): Group[] {
  const groups = new Map<string, Group>();
  for (const site of [...noted].sort((a, b) => (a.key < b.key ? -1 : 1))) {
    const like = `${site.kind} ${site.sums.bits} ${site.sums.frac} ${site.limit}`;
    const group = groups.get(like);
    if (group) group.push(site);
    else groups.set(like, [site]);
  }
  return [...groups.values()];
}

/** All sums of a group, one after the other. */
function joined(party: Party, sites: Group): Additive {
  const [{ sums }] = sites;
  const size = sites.reduce((n, site) => n + site.sums.size, 0);
  const out = party.deals ? undefined : party.lanes(size);
  let at = 0;
  for (const site of sites) {
    out?.set(site.sums.share!, at);
    at += site.sums.size;
  }
  return new Additive([size], sums.bits, sums.frac, out);
}

/** Sums of groups with random signs: SUMS of each. -> [groups * SUMS] */
function signedSums(party: Party, x: Additive, group: number, key: string): Additive {
  const cols = x.shape.length > 1 ? x.shape.at(-1)! : x.size;
  const size = Math.min(group, cols);
  const perRow = Math.ceil(cols / size);
  const groups = (x.size / cols) * perRow;
  if (!x.share) return new Additive([groups * SUMS], x.bits, x.frac, undefined);
  const all = filled(party, x.share, cols, perRow * size);
  const out = party.lanes(groups * SUMS);
  const shape = { batch: 1, m: groups, k: size, n: SUMS, bits: x.bits, accumulate: 0 } as const;
  party.kernels.matmul(out, all, signs(party, size * SUMS, key), shape);
  return new Additive([groups * SUMS], x.bits, x.frac, out);
}

/** Rows of `cols` lanes as rows of `wide`, with zeros behind them. */
function filled(party: Party, x: Lanes, cols: number, wide: number): Lanes {
  if (cols === wide) return x;
  const rows = x.length / cols;
  const out = party.zeros(rows * wide);
  const runs = new Int32Array(3 * rows);
  for (let r = 0; r < rows; r++) runs.set([r * wide, r * cols, cols], 3 * r);
  party.kernels.copyRuns(out, x, runs);
  return out;
}

/** Public signs +-1, the same at all parties: from the site's name. */
function signs(party: Party, n: number, key: string): Lanes {
  const seed = createHash('sha256').update(`puma range check ${key}`).digest();
  const out = party.lanes(n);
  party.kernels.prg(out, new Uint8Array(seed.subarray(0, 16)), new Uint8Array(16));
  for (let i = 0; i < n; i++) out[i] = (out[i]! & 1n) === 0n ? 1n : 0xffff_ffff_ffff_ffffn;
  return out;
}

/**
 * A value beyond twice the bound of its ring has wrapped around, and may look like any other. Half of the ring is within the bound; so where a
 * site has the largest ring there is, a sixteenth of the bound is the limit, and a wrapped value looks right with a chance of 1 in 32.
 */
function limitIn({ bits, frac }: Ring, limit: number): number {
  return bits >= LARGEST ? Math.min(limit, 2 ** (bits - 2 - frac) / 16) : limit;
}

/** Products by weights have one bit less than the largest ring. */
const LARGEST = 63;

/** Where sums are compared: with RESOLUTION bits of the limit, and all bits above them. */
function comparedRing({ bits, frac }: Ring, limit: number): Ring {
  const kept = RESOLUTION - Math.ceil(Math.log2(limit));
  ensure(kept <= frac, 'a limit is too small for its ring');
  return { bits: bits - frac + kept, frac: kept };
}

/** How many sums are not between -limit and limit. A sum that wraps around may count twice. -> [1] */
async function beyond(party: Party, sites: Group): Promise<Additive> {
  const sums = joined(party, sites);
  const [{ limit }] = sites;
  const ring = comparedRing(sums, limit);
  const x = await settle(party, sums, ring);
  const bound = BigInt(Math.floor(limit * 2 ** ring.frac));
  const [low, high] = await below(party, x, [-bound, bound], { radix: 3 });
  const [under, over] = await toRing(party, [low!, flip(party, high!)], COUNT_BITS);
  const found = addAdditive(party, [under!, over!]);
  const total = found.share && party.zeros(1);
  if (total) party.kernels.rowSum(total, found.share!, found.size);
  return new Additive([1], COUNT_BITS, 0, total);
}

/** For n values in rows of `cols`. */
export function checkPrice(n: number, cols: number, x: Ring, limit: number, group = GROUP): Price {
  const size = Math.min(group, cols);
  const count = (n / cols) * Math.ceil(cols / size) * SUMS;
  const ring = comparedRing(x, limit);
  return sum(settlePrice(count, x, ring), belowPrice(count, 2, ring.bits, 3), toRingPrice(2 * count, COUNT_BITS));
}
