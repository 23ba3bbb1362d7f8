import type { Kernels } from '../kernels/index.ts';
import { type DealerShares, type EvaluatorShares, maskLanes, type SharedTensor } from '../loaders/shares.ts';
import { Masked } from '../mpc/values.ts';
import type { SharedWeights } from '../ops/secure.ts';
import { lanes } from '../party/random.ts';

const NONE = new BigUint64Array(0);

/**
 * The weights at a party, as the protocols use them: the dealer l1 + l2, an evaluator m and its half of the weight. The single masks
 * are not kept, for nothing needs them once these are made.
 */
export async function loadWeights(
  kernels: Kernels,
  shares: DealerShares | EvaluatorShares,
  onLoad: (done: number) => void = () => {},
): Promise<SharedWeights> {
  const held = new Map<string, Masked>();
  const total = shares.manifest.tensors.reduce((n, tensor) => n + sizeOf(tensor), 0);
  let done = 0;
  for (const [t, tensor] of shares.manifest.tensors.entries()) {
    held.set(
      tensor.name,
      shares.role === 0 ? dealt(kernels, shares, tensor, t) : await evaluated(kernels, shares, tensor, t),
    );
    done += sizeOf(tensor);
    onLoad(done / total);
  }
  return {
    has: (name) => held.has(name),
    get: async (name) => held.get(name)!,
  };
}

function sizeOf(tensor: SharedTensor): number {
  return tensor.shape.reduce((n, d) => n * d, 1);
}

function dealt(kernels: Kernels, shares: DealerShares, tensor: SharedTensor, t: number): Masked {
  const [sum, other] = [lanes(sizeOf(tensor)), lanes(sizeOf(tensor))];
  maskLanes(sum, kernels, shares.keys[0], t, 0);
  maskLanes(other, kernels, shares.keys[1], t, 0);
  kernels.add(sum, sum, other);
  const out = new Masked(tensor.shape, tensor.bits, tensor.frac, NONE, NONE);
  out.derived = sum;
  return out;
}

async function evaluated(kernels: Kernels, shares: EvaluatorShares, tensor: SharedTensor, t: number): Promise<Masked> {
  const { m } = await shares.tensor(tensor.name);
  const half = lanes(m.length);
  maskLanes(half, kernels, shares.key, t, 0);
  if (shares.role === 1) kernels.sub(half, m, half);
  else kernels.neg(half, half);
  const out = new Masked(tensor.shape, tensor.bits, tensor.frac, m, NONE);
  out.derived = half;
  return out;
}
