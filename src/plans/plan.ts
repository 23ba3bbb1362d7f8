/**
 * Planning: the smallest rings that hold how far values went with a margin. Every bound comes from ops/bounds.ts. It begins with the smallest
 * rings there are, and gives each place that they do not hold the integer bits it needs, until all places hold or none can have more.
 */

import type { PlannedTensor } from '../models/model.ts';
import { type Bounded, type Margin, type Measured, marginsOf } from '../plaintext/margins.ts';
import { LIMITS, type ModelRing, RESIDUAL_FRAC } from '../rings/schema.ts';
import { MOST_BITS } from './linear.ts';
import { GAIN, type Needs, ringFor, TABLE, VECTOR } from './rings.ts';

export type PlanOptions = {
  /** The rings to begin with: a plan has no fewer fractional bits wherever 64 bits allow it. */
  ring: ModelRing;
  tensors: readonly Pick<PlannedTensor, 'name' | 'kind'>[];
  measured: readonly Measured[];
  /** Values may become 2^margin times as large as they were. */
  margin: number;
  /** The places that rings bind, entries of tensors too. */
  bounds(ring: ModelRing): Promise<Bounded[]>;
};

export type PlannedMargin = Bounded & Margin;

export type Planned = {
  ring: ModelRing;
  /** Tightest first. */
  margins: PlannedMargin[];
  /** Places that no rings within 64 bits hold. */
  broken: PlannedMargin[];
};

export async function planRings(options: PlanOptions): Promise<Planned> {
  const { ring, measured, margin, bounds } = options;
  const kinds = new Map(options.tensors.map(({ name, kind }) => [name, kind]));
  let sites = await bounds(ring);
  const residualFrac = residualFor(marginsOf(measured, sites), ring, margin);
  const needs = new Map<string, number>();
  for (;;) {
    const planned = ringFor(ring, sites, needs, residualFrac);
    sites = await bounds(planned);
    const margins = marginsOf(measured, sites);
    const broken = margins.filter((one) => !one.holds || one.room < marginOf(one, kinds, margin) - ROUNDING);
    const grown = broken.flatMap((one) => growth(one, needs, kinds, marginOf(one, kinds, margin)));
    if (grown.length === 0) return { ring: planned, margins, broken };
    for (const [name, bits] of grown) needs.set(name, Math.max(bits, needs.get(name) ?? 0));
  }
}

/** Of a logarithm. */
const ROUNDING = 1e-9;

/** Entries of tensors are known, so they need no margin; but the rows of a table are sums of up to two entries. */
function marginOf({ kind, place }: PlannedMargin, kinds: Kinds, margin: number): number {
  if (kind !== 'entries') return margin;
  return kinds.get(place) === 'table' ? 1 : 0.01;
}

/** Integer bits for the rings that hold a place: those it needs, or one more where it had them already. */
function growth(broken: PlannedMargin, needs: Needs, kinds: Kinds, margin: number): [name: string, bits: number][] {
  const apart = broken.kind === 'logits' ? 1 : 0; // two logits below 2^n are less than 2^(n + 1) apart
  const bits = integerBits(broken.range.most, margin - apart);
  const had = namesOf(broken, kinds).map((name): [string, number] => [name, needs.get(name) ?? 0]);
  const fewer = had.filter(([, before]) => before < bits);
  if (fewer.length > 0) return fewer.map(([name]) => [name, bits]);
  return had.filter(([, before]) => before < MOST_BITS).map(([name, before]) => [name, before + 1]);
}

/** The least n with most 2^margin <= 2^n. */
function integerBits(most: number, margin: number): number {
  if (!Number.isFinite(most)) return MOST_BITS;
  return most === 0 ? 1 : Math.min(MOST_BITS, Math.max(1, Math.ceil(Math.log2(most) + margin)));
}

type Kinds = ReadonlyMap<string, PlannedTensor['kind']>;

/** Under which names plan-rings.ts has the rings that hold a place. */
function namesOf({ kind, place, rings }: Bounded, kinds: Kinds): string[] {
  if (rings === undefined) return kind in LIMITS ? [`${place}.${kind}`] : [];
  return rings.map((name) => {
    const entries = kinds.get(name);
    if (entries) return { table: TABLE, vector: VECTOR, matrix: name }[entries];
    return kinds.get(`${name}.weight`) === 'vector' ? GAIN : name;
  });
}

/**
 * Fractional bits of the residual stream: as they are, or fewer where the stream or a mean square is too large, or more where a mean square
 * is too small, which comes first. One of them is one bit of values.
 */
function residualFor(margins: readonly PlannedMargin[], { residual: { frac } }: ModelRing, margin: number): number {
  let [least, most] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (const { kind, rings, range, bound } of margins) {
    const bits = kind === 'norm' ? 0.5 : kind === 'residual' && rings?.length === 0 ? 1 : 0;
    if (bits === 0) continue;
    most = Math.min(most, bits * Math.log2(bound.most / range.most) - margin);
    if (bound.least && range.least) least = Math.max(least, margin - bits * Math.log2(range.least / bound.least));
  }
  const change = Math.max(Math.ceil(least), Math.min(0, Math.floor(most)));
  return Math.min(RESIDUAL_FRAC.max, Math.max(RESIDUAL_FRAC.min, frac + change));
}
