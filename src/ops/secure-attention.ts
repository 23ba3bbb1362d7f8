import { add, addAdditive, addPublic, permute, raiseAdditive, reduce, reshape, scale } from '../mpc/local.ts';
import { equalRows } from '../mpc/maximum.ts';
import { matmul, product, productPrice } from '../mpc/product.ts';
import { rescale, rescalePrice, settle, settlePrice } from '../mpc/truncate.ts';
import { Additive, beside, type Masked, type Price, sum } from '../mpc/values.ts';
import type { Party } from '../party/party.ts';
import type { AttentionOptions, RelativeBias } from './ops.ts';
import type { Rotary } from './rotary.ts';
import type { RangeChecks } from './secure-check.ts';
import { type AttentionRings, attentionRings, type Ring } from './secure-rings.ts';
import { turned } from './secure-rotary.ts';
import { cutOut, cutOutOfOne, filledUp, type Spans, under } from './secure-rows.ts';
import { inverseSums, inverseSumsPrice, softmaxWeights, softmaxWeightsPrice } from './secure-softmax.ts';
import { additive, colsOf, type Form, rowsOf, type Secure, wanted, wantedPrice } from './secure-values.ts';

/** How large scores and values may become, and what is to be checked. */
export type AttentionPlan = { integers: { scores: number; values: number }; checks?: RangeChecks | undefined };

/**
 * Attention with an unnormalised softmax (docs/protocols.md): weights E = 2^(score - max), context = (E V) / sum(E). One division
 * per row and one product per entry of the context, none per score. Causal scores above the diagonal, and below a window, are left out. Keys and
 * values stay masked in `past`, head by head, [heads, positions, width].
 */
export async function attention(
  party: Party,
  q: Secure,
  k: Secure,
  v: Secure,
  mask: Masked | undefined,
  { name, heads, keyHeads = heads, causal = false, window, rotary, past, longest, ...more }: AttentionOptions<Secure>,
  { integers, checks }: AttentionPlan,
): Promise<Additive> {
  const rings = attentionRings(integers, longest, mask !== undefined);
  const [m, width, before] = [rowsOf(q), colsOf(q) / heads, past?.rows ?? 0];
  const n = before + rowsOf(k);
  const [queries, newKeys, newValues] = await party.all(
    (p) => placed(p, q, heads, rings, rotary, more.first ?? n - m),
    (p) => placed(p, k, keyHeads, rings, rotary, before),
    async (p) => split(p, await wanted(p, v, rings.value), keyHeads),
  );
  const keys = under(party, past?.keys as Masked | undefined, newKeys, keyHeads);
  const values = under(party, past?.values as Masked | undefined, newValues, keyHeads);
  if (past) Object.assign(past, party.keep({ rows: n, keys, values }));

  // The heads that share keys are so many more rows of queries
  const group = { batch: keyHeads, m: (heads / keyHeads) * m };
  const products = await matmul(party, queries, keys, { ...group, k: width, n, transposeB: true }); // [heads, m, n]
  const spans = spansOf({ heads, queries: m, keys: n, causal, window });
  const { lengths } = spans;
  const first = more.first ?? n - m;
  const sums = more.bias ? biased(party, products, more.bias, { heads, m, n, first }) : products;
  const scores = cutOut(party, sums, n, spans);
  checks?.note(party, 'scores', name, scores, 2 ** integers.scores);
  checks?.note(party, 'values', name, additive(party, v), 2 ** integers.values);
  const settled = await settle(party, scores, rings.score);
  const weights = await softmaxWeights(party, penalise(party, settled, mask, spans, rings), lengths, rings);
  const all = filledUp(party, weights, n, spans); // [heads * m, n]
  const [context, inverse] = await party.all(
    async (p) => settle(p, await matmul(p, all, values, { ...group, k: n, n: width }), rings.context),
    (p) => inverseSums(p, all, n, rings),
  );
  const scaled = await product(party, context, inverse, width); // [heads, m, width] by [heads, m]
  return join(party, scaled, heads, m, width);
}

type BiasSize = { heads: number; m: number; n: number; first: number };

/** Scores with what goes with the distances of their keys, which are public: local. [heads, m, n] */
function biased(party: Party, scores: Additive, { table, bucket }: RelativeBias<Secure>, size: BiasSize): Additive {
  const { heads, m, n, first } = size;
  const from = additive(party, table);
  const share = from.share && party.lanes(heads * m * n);
  for (let row = 0; share && row < heads * m; row++) {
    const [head, at] = [Math.floor(row / m), first + (row % m)];
    for (let j = 0; j < n; j++) share[row * n + j] = from.share![bucket(j - at) * heads + head]!;
  }
  const spread = new Additive(scores.shape, from.bits, from.frac, share);
  return addAdditive(party, [scores, raiseAdditive(party, spread, scores.frac - from.frac)]);
}

/**
 * Which keys each query sees, head by head: all n, or those up to its own position, of which a window holds the last. The m queries are the
 * last positions.
 */
function spansOf({ heads, queries: m, keys: n, causal, window = n }: AttentionRows): Spans {
  if (!causal) return { lengths: equalRows(heads * m, n) };
  const seen = (row: number) => n - m + 1 + (row % m);
  const lengths = Array.from({ length: heads * m }, (_, row) => Math.min(seen(row), window));
  return window < n ? { lengths, starts: lengths.map((length, row) => seen(row) - length) } : { lengths };
}

type AttentionRows = Pick<AttentionSize, 'heads' | 'queries' | 'keys' | 'causal' | 'window'>;

export type AttentionSize = {
  heads: number;
  keyHeads?: number;
  queries: number;
  keys: number;
  /** Keys that are in the past already. */
  past?: number;
  /** Of a head. */
  width: number;
  causal?: boolean;
  /** Of a causal one: how many keys a query sees at most. */
  window?: number | undefined;
  rotary?: boolean;
  padded?: boolean;
  /** The most keys that there can be. */
  longest: number;
};

export function attentionPrice(size: AttentionSize, q: Form, k: Form, v: Form, { integers }: AttentionPlan): Price {
  const { heads, keyHeads = heads, queries, keys, past = 0, width, rotary = false } = size;
  const rings = attentionRings(integers, size.longest, size.padded ?? false);
  const { query, value, score, weight, context } = rings;
  const [rows, fresh] = [heads * queries, keyHeads * (keys - past) * width];
  const { lengths } = spansOf(size);
  const scores = lengths.reduce((a, b) => a + b, 0);
  const unscaled = { bits: weight.bits, frac: weight.frac + value.frac };
  const place = (n: number, x: Form) => placedPrice(n, x, rings, rotary);
  return sum(
    beside(place(rows * width, q), place(fresh, k), wantedPrice(fresh, v, value)),
    productPrice(rows * keys, query.bits),
    settlePrice(scores, { bits: query.bits, frac: 2 * query.frac }, score),
    softmaxWeightsPrice(lengths, rings),
    beside(
      sum(productPrice(rows * width, weight.bits), settlePrice(rows * width, unscaled, context)),
      inverseSumsPrice(rows, keys, rings),
    ),
    productPrice(rows * width, context.bits),
  );
}

/** Queries or keys at their positions, which begin at `from`, head by head. [n, heads * width] -> [heads, n, width] */
async function placed(
  party: Party,
  x: Secure,
  heads: number,
  { query, turnFrac }: AttentionRings,
  rotary: Rotary | undefined,
  from: number,
): Promise<Masked> {
  if (!rotary) return split(party, await wanted(party, x, query), heads);
  const wide = await rescale(party, additive(party, x), turnedRing(query));
  return split(party, await settle(party, turned(party, wide, heads, rotary, from, turnFrac), query), heads);
}

/** The ring that turns are computed in. */
const turnedRing = ({ frac }: Ring): Ring => ({ bits: 64, frac });

function placedPrice(n: number, x: Form, { query, turnFrac }: AttentionRings, rotary: boolean): Price {
  if (!rotary) return wantedPrice(n, x, query);
  const wide = turnedRing(query);
  return sum(rescalePrice(n, x, wide), settlePrice(n, { bits: wide.bits, frac: wide.frac + turnFrac }, query));
}

/** Scores of padded keys are lowered by `penalty`; mask [1, n] is 1 for keys that count. */
function penalise(
  party: Party,
  scores: Masked,
  mask: Masked | undefined,
  spans: Spans,
  { penalty }: AttentionRings,
): Masked {
  if (!mask) return scores;
  const unit = BigInt(penalty) << BigInt(scores.frac);
  const lowered = addPublic(party, scale(party, reduce(mask, scores.bits), unit, { frac: scores.frac }), -unit); // 0 or -penalty
  return add(party, scores, cutOutOfOne(party, reshape(lowered, [lowered.size]), spans));
}

/** [rows, heads x width] -> [heads, rows, width] */
function split(party: Party, x: Masked, heads: number): Masked {
  const [rows, width] = [rowsOf(x), colsOf(x) / heads];
  return permute(party, x, [rows, heads, width], [1, 0, 2]);
}

/** [heads, rows, width] -> [rows, heads x width] */
function join(party: Party, x: Additive, heads: number, rows: number, width: number): Additive {
  const shape = [rows, heads * width];
  if (!x.share) return new Additive(shape, x.bits, x.frac, undefined);
  const out = party.lanes(x.size);
  party.kernels.permute(out, x.share, [heads, rows, width], [1, 0, 2]);
  return new Additive(shape, x.bits, x.frac, out);
}
