import { createCipheriv, createHash, randomBytes } from 'node:crypto';

/** How the client picks a token from logits. Without a temperature it takes the likeliest. */
export type Sampling = { temperature?: number; topK?: number; topP?: number };

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
export function pick(logits: Float64Array, { temperature, topK, topP }: Sampling, uniform: Uniform): number {
  const order = Array.from(logits.keys()).sort((a, b) => logits[b]! - logits[a]!);
  const best = order[0]!;
  if (temperature === undefined || temperature === 0) return best;
  const weightOf = (id: number) => Math.exp((logits[id]! - logits[best]!) / temperature);
  const kept = nucleus(order.slice(0, topK ?? order.length), weightOf, topP ?? 1).sort((a, b) => a - b);
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
