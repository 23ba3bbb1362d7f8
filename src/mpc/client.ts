import { randomBytes } from 'node:crypto';
import { ensure } from '../errors.ts';
import type { Kernels, Lanes } from '../kernels/index.ts';
import type { Party } from '../party/party.ts';
import { lanes, Stream } from '../party/random.ts';
import { bytesOf } from '../party/step.ts';
import type { Label, Link } from '../transport/link.ts';
import { type Additive, Masked, type Price, type Shape, sizeOf } from './values.ts';

/**
 * How a client's secrets get in, and its answer out. The client draws one seed for the dealer and each evaluator; the masks come
 * from the seeds, and both evaluators are sent the masked value.
 * Safe: the dealer receives two seeds that do not depend on the input; an evaluator receives one of them, and x + l1 + l2 with the
 * other l unknown to it.
 */
export type InputSpec = { label: Label; shape: Shape; bits: number; frac: number };

const SEED_BYTES = 16;

/** Bits of an input of n elements: two seeds to the dealer, a seed and the masked value to each evaluator. */
export const inputBits = (n: number, bits: number): number => 8 * 4 * SEED_BYTES + 2 * bits * n;

/** 1 round; both evaluators send k bits an element, to the client. */
export const revealPrice = (n: number, bits: number): Price => ({ rounds: 1, dealer: 0, online: 2 * bits * n });

/** Client: shares integers x (lanes, overwritten). `links` go to party 0, 1, 2. */
export function sendInput(kernels: Kernels, links: readonly Link[], spec: InputSpec, x: Lanes): void {
  const seeds = [randomBytes(SEED_BYTES), randomBytes(SEED_BYTES)] as const;
  for (const seed of seeds) kernels.add(x, x, new Stream(kernels, seed, spec.label).draw(x.length));
  const m = Buffer.allocUnsafe(bytesOf(x.length, spec.bits));
  kernels.pack(m, x, spec.bits);
  links[0]!.send(spec.label, seeds[0], seeds[1]);
  links[1]!.send(spec.label, seeds[0], m);
  links[2]!.send(spec.label, seeds[1], m);
}

/** Party: its part of a value that the client shares. */
export async function receiveInput(party: Party, client: Link, spec: InputSpec): Promise<Masked> {
  const { kernels } = party;
  const n = sizeOf(spec.shape);
  const message = await client.receive(spec.label);
  const expected = party.deals ? 2 * SEED_BYTES : SEED_BYTES + bytesOf(n, spec.bits);
  ensure(
    message.length === expected,
    `the client sent ${message.length} bytes of input where ${expected} were expected`,
  );
  const draw = (i: number) =>
    new Stream(kernels, message.subarray(i * SEED_BYTES, (i + 1) * SEED_BYTES), spec.label).fill(party.lanes(n));
  if (party.deals) return new Masked(spec.shape, spec.bits, spec.frac, draw(0), draw(1));
  const m = party.lanes(n);
  kernels.unpack(m, party.adopt(message).subarray(SEED_BYTES), spec.bits);
  return new Masked(spec.shape, spec.bits, spec.frac, m, draw(0));
}

/**
 * Opens x to the client and to nobody else: each evaluator sends its share, re-randomised by the seed the two of them share, so the
 * client learns x and nothing of how the shares came about. Counts as one round. Returns the label the client must listen under.
 */
export function reveal(party: Party, client: Link, label: Label, x: Additive): void {
  const step = party.step();
  step.countRound();
  if (party.deals) return;
  const { kernels, role } = party;
  const share = party.lanes(x.size);
  const blind = step.random(role === 1 ? 2 : 1, x.size);
  if (role === 1) kernels.add(share, x.share!, blind);
  else kernels.sub(share, x.share!, blind);
  const message = party.message(bytesOf(x.size, x.bits));
  kernels.pack(message, share, x.bits);
  client.send(label, message);
}

/** Client: the value the evaluators opened to it, as floats. */
export async function receiveOutput(kernels: Kernels, links: readonly Link[], spec: InputSpec): Promise<Float64Array> {
  const n = sizeOf(spec.shape);
  const [one, two] = await Promise.all([links[1]!.receive(spec.label), links[2]!.receive(spec.label)]);
  for (const message of [one, two]) ensure(message.length === bytesOf(n, spec.bits), 'an output has the wrong length');
  const sum = lanes(n);
  kernels.unpack(sum, one, spec.bits);
  kernels.unpackAdd(sum, two, sum, spec.bits);
  const out = new Float64Array(n);
  kernels.toFloat(out, sum, spec.bits, spec.frac);
  return out;
}
