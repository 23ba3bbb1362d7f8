/** Rings that hold a checkpoint whatever the text: found from its weights, by powers of two. */

import type { Model } from '../models/model.ts';
import { formBound } from '../ops/bounds.ts';
import { bitsOfResults, weighedForm } from '../ops/secure-forms.ts';
import { NORM, REVEALED } from '../ops/secure-rings.ts';
import { linearOf } from '../rings/model-ring.ts';
import { type IntegerBits, LIMITS, type ModelRing, type SiteKind } from '../rings/schema.ts';
import { ProvedOps, type ProvedValue, type TensorNorms } from './proved.ts';

/** How large the values of each site can become. */
export type Reach = { kind: SiteKind; place: string; most: number };

/** A ring, and the sites that weights do not prove to stay within it. */
export type Fit = { ring: ModelRing; unproved: Reach[] };

export type Norms = ReadonlyMap<string, TensorNorms>;

/** The rings of these weights: `ring`, wider wherever values could leave it. */
export async function fitRings(model: Model, ring: ModelRing, norms: Norms): Promise<Fit> {
  const reaches = await reachesOf(model, norms);
  const tabled = fitTable(ring, norms);
  const summed = fitSums(tabled, reaches, norms);
  const sites = { ...summed.sites };
  for (const reach of reaches) Object.assign(sites, siteFor(reach, summed));
  const fitted = { ...summed, sites };
  return { ring: fitted, unproved: reaches.filter((reach) => !isProved(reach, fitted, norms)) };
}

/** What the parties compute may be so much larger than what is proved of exact numbers: each step is right to 2^-11 or better. */
const ROUNDED = 1.01;

/** Bounds of all sites, by the weights. */
export async function reachesOf(model: Model, norms: Norms): Promise<Reach[]> {
  const reaches: Reach[] = [];
  const ops = new ProvedOps(
    (name) => norms.get(name),
    (kind, place, most) => void reaches.push({ kind, place, most: ROUNDED * most }),
  );
  const rows: ProvedValue = { at: 'input', cols: model.rowWidth, most: 1, norm: 1 };
  const out = await model.forward<ProvedValue>(ops, { tokens: 1, rows, every: true });
  const most = ROUNDED * out.most;
  reaches.push({ kind: 'output', place: 'output', most });
  if (model.head.argmax) reaches.push({ kind: 'logits', place: out.at, most });
  return reaches;
}

const integers = (most: number): number => Math.max(0, Math.floor(Math.log2(most)) + 1);

/**
 * The table is stored with the digits that its entries need, and the residual stream has as many: a table of a small root mean square
 * has more fractional bits, one of a large root mean square fewer. The first norm does not see it.
 */
function fitTable(ring: ModelRing, norms: Norms): ModelRing {
  const tables = [...norms].filter(([name]) => name.startsWith('embeddings.') && !/\.(weight|bias)$/.test(name));
  const size = ({ shape }: TensorNorms) => shape.reduce((a, b) => a * b, 1);
  const roots = tables.map(([, table]) => table.all / Math.sqrt(size(table))).filter((root) => root > 0);
  const largest = 2 * Math.max(...tables.map(([, table]) => table.largest));
  const frac = ring.residual.frac + stepsFor(Math.max(...roots));
  const bits = Math.min(64, Math.max(ring.table.bits, frac + 2 + integers(largest)));
  return { ...ring, table: { bits, frac }, residual: { frac } };
}

/** Fractional bits to add: none for roots of 2^-6 to 2^8; others are brought to 2^-4, or to 2^8. */
function stepsFor(root: number): number {
  if (!Number.isFinite(root)) return 0;
  const power = Math.ceil(Math.log2(root));
  if (power < -6) return Math.min(12, -4 - power);
  return power > 8 ? Math.max(-12, 8 - power) : 0;
}

/** Sums of a gain and a linear layer are made in the smaller of their rings: all linear layers and vectors get the larger one. */
function fitSums(ring: ModelRing, reaches: readonly Reach[], norms: Norms): ModelRing {
  if (!reaches.some(({ kind, place }) => kind === 'residual' && norms.has(`${place}.weight`))) return ring;
  const most = Math.max(...reaches.filter(({ kind }) => kind === 'residual').map((reach) => reach.most));
  const frac = ring.fractionBits + ring.linear.input;
  const bits = bitsOfResults(frac, integers(most));
  if (bits <= ring.linear.bits) return ring;
  const wide = Math.min(ring.bits, bits);
  const linear = { ...ring.linear, bits: wide, results: Math.max(ring.linear.results, integers(most)) };
  return { ...ring, linear, vector: { bits: Math.max(ring.vector.bits, wide) } };
}

/** What the rings say of a site, if they are to say more than they do. */
function siteFor({ kind, place, most }: Reach, ring: ModelRing): ModelRing['sites'] {
  const whole = integers(most);
  if (kind === 'linear') {
    const linear = linearOf(ring, place);
    if (most < resultsBound(linear)) return {};
    const bits = Math.min(ring.bits, bitsOfResults(linear.input + linear.weight, whole));
    return { [place]: { bits: Math.max(bits, linear.bits), results: Math.min(40, whole) } };
  }
  const name = INTEGERS[kind];
  if (!name) return {};
  const held = integers(most + (ROOM[kind] ?? 0));
  const { min, max } = LIMITS[name];
  const least = kind === 'scores' ? Math.max(min, LEAST_SCORES) : ring.integers[name];
  const wanted = Math.min(max, Math.max(least, held));
  return wanted === ring.integers[name] ? {} : { [`${place}.${name}`]: { integers: wanted } };
}

const INTEGERS: Partial<Record<SiteKind, keyof IntegerBits>> = {
  scores: 'scores',
  values: 'values',
  activation: 'activation',
  product: 'product',
  logits: 'logits',
};

/** Scores cost most, so a smaller proof is taken: but no fewer bits than what is as cheap. */
const LEAST_SCORES = 11;
/** By how much values of these integer bits must be smaller than 2^n (ops/bounds.ts): where the pieces of SiLU meet; what is rounded of a score. */
const ROOM: Partial<Record<SiteKind, number>> = { activation: 12, scores: 1 };

/** Below what the results of a linear layer must be: of an input with all its fractional bits. */
const resultsBound = ({ bits, input, weight, results }: ModelRing['linear']): number => {
  const ring = Math.min(bits, bitsOfResults(input + weight, results));
  return formBound(weighedForm({ bits: ring, frac: input }, { bits, frac: weight })).most;
};

/** Of a sum with a gain, which is made in the ring of products. */
const gainBound = ({ linear, vector, fractionBits }: ModelRing): number =>
  formBound({ bits: Math.min(linear.bits - 1, vector.bits), frac: fractionBits + linear.input }).most;

function isProved({ kind, place, most }: Reach, ring: ModelRing, norms: Norms): boolean {
  if (kind === 'linear') return most < resultsBound(linearOf(ring, place));
  if (kind === 'norm') return most < 2 ** NORM.high / 4 ** (ring.residual.frac - NORM.input.frac);
  if (kind === 'residual' && norms.has(`${place}.weight`)) return most < gainBound(ring);
  if (kind === 'residual') return most < 2 ** (NORM.input.bits - 2 - ring.residual.frac);
  if (kind === 'output') return most < 2 ** (REVEALED.bits - 1 - REVEALED.frac);
  const name = INTEGERS[kind];
  if (!name) return true;
  const whole = ring.sites[`${place}.${name}`]?.integers ?? ring.integers[name];
  return most + (ROOM[kind] ?? 0) < 2 ** whole;
}
