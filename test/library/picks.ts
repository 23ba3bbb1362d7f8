import { pick, type Sampling, uniformFrom } from '../../src/runtime/sample.ts';

/** What a seed picks from logits that were opened, token by token. Logits of another run differ in their last bits, so another run may pick otherwise. */
export function picks(logits: readonly ArrayLike<number>[], sampling: Sampling, seed: number): number[] {
  const uniform = uniformFrom(seed);
  return logits.map((row) => pick(Float64Array.from(row), sampling, uniform));
}
