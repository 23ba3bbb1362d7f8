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

/** The id of the next token. */
export function pick(logits: Float64Array, { temperature, topK, topP }: Sampling, uniform: Uniform): number {
  const order = Array.from(logits.keys()).sort((a, b) => logits[b]! - logits[a]!);
  if (temperature === undefined || temperature === 0) return order[0]!;
  const kept = order.slice(0, topK ?? order.length);
  const weights = kept.map((id) => Math.exp((logits[id]! - logits[kept[0]!]!) / temperature));
  const count = nucleus(weights, topP ?? 1);
  const total = weights.slice(0, count).reduce((a, b) => a + b, 0);
  let left = uniform() * total;
  for (let i = 0; i < count - 1; i++) {
    left -= weights[i]!;
    if (left < 0) return kept[i]!;
  }
  return kept[count - 1]!;
}

/** The fewest of the largest weights that make up a share of topP (Holtzman et al., arXiv 1904.09751). */
function nucleus(weights: readonly number[], topP: number): number {
  const enough = topP * weights.reduce((a, b) => a + b, 0);
  let sum = 0;
  const last = weights.findIndex((weight) => {
    sum += weight;
    return sum >= enough;
  });
  return last < 0 ? weights.length : last + 1;
}
