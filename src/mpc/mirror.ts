import { ensure } from '../errors.ts';
import type { Kernels, Lanes } from '../kernels/index.ts';
import type { Party } from '../party/party.ts';
import { type Extent, productPrice } from './product.ts';
import { Additive, type Masked, type Price, type Ring } from './values.ts';

/**
 * matmul (product.ts) of masked values by one product at every party, where matmul() takes two of each evaluator. With u = l1 - l2 of x
 * and v likewise of y, evaluator 1 has x - u = m - 2 l1 and evaluator 2 has x + u = m - 2 l2: x, mirrored about what the dealer knows. Then
 *
 *     (x - u)(y - v) + (x + u)(y + v) - 2 u v = 2 x y
 *
 * and the only help needed is a sharing of -2 u v modulo 2^(k + 1). The two products differ by an even number, and so do the halves of
 * -2 u v: both shares of 2 x y are odd, or both are even. One evaluator rounds half of its share down, the other up, and they have x y, exactly.
 * m, l1 and l2 stand for the same integers at every party, for one bit more than those of the ring counts: hence they are reduced first.
 * Safe: the one message is half of a fresh sharing (step.ts, deal); the rest is local.
 */
export async function mirroredMatmul(party: Party, x: Masked, y: Masked, extent: Extent): Promise<Additive> {
  const step = party.step();
  const { batch, m, n, k } = extent;
  ensure(x.size === batch * m * k, 'mirroredMatmul: the left operand has the wrong size');
  ensure(y.size === (extent.shareB ? 1 : batch) * k * n, 'mirroredMatmul: the right operand has the wrong size');
  const { bits, frac } = mirroredForm(x, y);
  const multiply = (p: Party) => {
    const out = p.lanes(batch * m * n);
    p.kernels.matmul(out, mirrored(p, x), mirrored(p, y), { ...extent, bits: bits + 1, accumulate: 0 });
    return out;
  };
  const [share] = await step.deal([{ count: batch * m * n, bits: bits + 1, make: (p) => dealt(p, multiply(p)) }]);
  if (share) {
    party.kernels.add(share, share, multiply(party));
    halve(party, share, bits);
  }
  return new Additive([batch, m, n], bits, frac, share);
}

/** Shares of 2 x y in Z_2^(bits + 1) -> of x y in Z_2^bits, in place. Evaluators only. */
export function halve({ kernels, role }: Party, share: Lanes, bits: number): void {
  if (role === 2) kernels.addConst(share, share, 1n);
  kernels.shiftRight(share, share, 1, bits + 1);
}

/** u v -> -2 u v, in place. */
export function dealt(party: Party, product: Lanes): Lanes {
  party.kernels.scale(product, product, -2n);
  return product;
}

/** Up to so many bits, products are quick on the CPUs that have a multiplication of 52 bits. */
const QUICK_BITS = 52;

/** The form of the product: that of any product. But from 52 bits on 2 x y has no more bits than its factors, and x y one less. */
export function mirroredForm(x: Ring, y: Ring): Ring {
  const bits = Math.min(x.bits, y.bits);
  return { bits: bits < QUICK_BITS ? bits : bits - 1, frac: x.frac + y.frac };
}

export const mirroredPrice = (outputs: number, x: Ring, y: Ring): Price =>
  productPrice(outputs, mirroredForm(x, y).bits + 1);

/** What the party multiplies: the dealer l1 - l2, evaluator i m - 2 l_i. Kept with the value. */
export function mirrored(party: Party, x: Masked): Lanes {
  if (x.mirrored === undefined) {
    const { kernels } = party;
    const [out, other] = [party.lanesBeside(x.first, x.size), party.lanes(x.size)];
    kernels.reduce(out, x.first, x.bits);
    kernels.reduce(other, x.second, x.bits);
    if (!party.deals) kernels.scale(other, other, 2n);
    kernels.sub(out, out, other);
    x.mirrored = out;
  }
  return x.mirrored;
}

/** The same of masks alone, as the dealer draws them: l1 - l2, in place of l1. */
export function mirrorMasks(kernels: Pick<Kernels, 'sub'>, l1: Lanes, l2: Lanes): void {
  kernels.sub(l1, l1, l2);
}

/** The same of packed m at an evaluator with the mask l: out = m - 2 l. The mask is used up. */
export function mirrorPacked(
  kernels: Pick<Kernels, 'scale' | 'unpackAdd'>,
  out: Lanes,
  packed: Uint8Array,
  mask: Lanes,
  bits: number,
): void {
  kernels.scale(mask, mask, -2n);
  kernels.unpackAdd(out, packed, mask, bits);
}
