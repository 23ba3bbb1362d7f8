import { createCipheriv, createHash, randomBytes } from 'node:crypto';
import type { Sampling } from '../heads/steering.ts';

export type { Sampling };

/** Numbers in [0, 1) with 53 bits. */
export type Uniform = () => number;

/** From the system's generator; or, with a seed, the same numbers every time. AES-128 in counter mode. */
export function uniformFrom(seed?: number): Uniform {
  const key = seed === undefined ? randomBytes(16) : createHash('sha256').update(`puma sample ${seed}`).digest();
  const stream = createCipheriv('aes-128-ctr', key.subarray(0, 16), Buffer.alloc(16));
  const zeros = Buffer.alloc(8);
  return () => Number(stream.update(zeros).readBigUInt64LE() >> 11n) / 2 ** 53;
}

/**
 * The id of the next token. Tokens are laid out by id, not by weight: so that logits which differ in their last bits, as those of two
 * runs do, give the same token to the same uniform number, but for a number that falls right between two of them.
 */
export function pick(logits: Float64Array, sampling: Sampling, uniform: Uniform): number {
  const { temperature } = sampling;
  const order = Array.from(logits.keys()).sort((a, b) => logits[b]! - logits[a]!);
  const best = order[0]!;
  if (temperature === undefined || temperature === 0) return best;
  const weightOf = (id: number) => Math.exp((logits[id]! - logits[best]!) / temperature);
  const kept = keptOf(order, weightOf, sampling).sort((a, b) => a - b);
  let left = uniform() * sumOf(kept, weightOf);
  return (
    kept.find((id) => {
      left -= weightOf(id);
      return left < 0;
    }) ?? kept.at(-1)!
  );
}

type WeightOf = (id: number) => number;

const sumOf = (ids: readonly number[], weightOf: WeightOf): number => ids.reduce((sum, id) => sum + weightOf(id), 0);

/** Those that a token is drawn among, in the order of transformers: each way to choose sees what the one before has left. */
export function keptOf(order: readonly number[], weightOf: WeightOf, sampling: Sampling): number[] {
  const { topH, topK, topP, minP, typicalP, epsilonCutoff, etaCutoff } = sampling;
  let kept = order.filter((id) => weightOf(id) > 0);
  const shares = () => {
    const sum = sumOf(kept, weightOf);
    return kept.map((id) => weightOf(id) / sum);
  };
  const keep = (holds: (share: number, at: number) => boolean) => {
    const all = shares();
    kept = kept.filter((_, i) => i === 0 || holds(all[i]!, i)); // the likeliest always stays
  };
  if (topH !== undefined) keep(withinEntropy(shares().slice(0, TOP_H_MOST), topH));
  if (topK !== undefined) kept = kept.slice(0, topK);
  if (topP !== undefined && topP < 1) kept = nucleus(kept, weightOf, topP);
  if (minP !== undefined) {
    const [largest] = shares();
    keep((share) => share >= minP * largest!);
  }
  if (typicalP !== undefined && typicalP < 1) kept = typical(kept, shares(), typicalP);
  if (epsilonCutoff) keep((share) => share >= epsilonCutoff);
  if (etaCutoff) {
    const least = Math.min(etaCutoff, Math.sqrt(etaCutoff) * Math.exp(-entropyOf(shares())));
    keep((share) => share >= least);
  }
  return kept;
}

/** The fewest of the likeliest that make up a share of topP (Holtzman et al., arXiv 1904.09751). */
function nucleus(ids: readonly number[], weightOf: WeightOf, topP: number): number[] {
  const enough = topP * sumOf(ids, weightOf);
  let sum = 0;
  const last = ids.findIndex((id) => {
    sum += weightOf(id);
    return sum >= enough;
  });
  return ids.slice(0, last < 0 ? ids.length : last + 1);
}

const surprise = (share: number): number => (share === 0 ? 0 : -share * Math.log(share));

const entropyOf = (shares: readonly number[]): number => shares.reduce((sum, share) => sum + surprise(share), 0);

/** transformers looks no further. */
const TOP_H_MOST = 100;

/** The likeliest, while their entropy is within a share of that of all (of the first hundred, as shares of those). */
function withinEntropy(shares: readonly number[], topH: number): (share: number, at: number) => boolean {
  const all = shares.reduce((a, b) => a + b, 0);
  const most = topH * entropyOf(shares.map((share) => share / all));
  let sum = 0;
  const last = shares.findIndex((share) => {
    sum += surprise(share / all);
    return sum > most;
  });
  return (_, at) => at < (last < 0 ? shares.length : last);
}

/** Those whose surprise is nearest to what is expected, that make up the share `mass` (Meister et al., arXiv 2202.00666). */
function typical(ids: readonly number[], shares: readonly number[], mass: number): number[] {
  const entropy = entropyOf(shares);
  const away = shares.map((share) => (share === 0 ? Number.POSITIVE_INFINITY : Math.abs(-Math.log(share) - entropy)));
  const nearest = Array.from(ids.keys()).sort((a, b) => away[a]! - away[b]!);
  let sum = 0;
  const last = nearest.findIndex((i) => {
    sum += shares[i]!;
    return sum >= mass;
  });
  const chosen = new Set(nearest.slice(0, last < 0 ? nearest.length : last + 1));
  return ids.filter((_, i) => chosen.has(i));
}
