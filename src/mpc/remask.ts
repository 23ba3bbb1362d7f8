import { ensure } from '../errors.ts';
import type { Party } from '../party/party.ts';
import { bytesOf } from '../party/step.ts';
import { type Additive, Masked, type Price } from './values.ts';

/** 1 round; both evaluators send k bits an element. */
export const remaskPrice = (n: number, bits: number): Price => ({ rounds: 1, dealer: 0, online: 2 * bits * n });

/**
 * Additive -> masked, in Z_2^bits: evaluator i sends a_i + l_i, with l_i fresh from the seed it shares with the dealer.
 * Safe: l_i is uniform and unknown to the receiver, so the message is uniform whatever a_i is.
 */
export async function remask(party: Party, z: Additive, bits = z.bits): Promise<Masked> {
  ensure(bits <= z.bits, `cannot remask Z_2^${z.bits} into Z_2^${bits}`);
  const step = party.step();
  step.countRound();
  const n = z.size;
  if (party.deals) return new Masked(z.shape, bits, z.frac, step.random(1, n), step.random(2, n));
  const { kernels } = party;
  const mask = step.random(0, n);
  const mine = party.lanes(n);
  kernels.add(mine, z.share!, mask);
  const message = party.message(bytesOf(n, bits));
  kernels.pack(message, mine, bits);
  const theirs = await step.exchange(message);
  kernels.unpackAdd(mine, theirs, mine, bits);
  return new Masked(z.shape, bits, z.frac, mine, mask);
}
