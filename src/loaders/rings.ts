import { z } from 'zod';
import { PumaError } from '../errors.ts';
import type { PlannedTensor } from '../models/model.ts';
import { firstIssue } from './json.ts';

/**
 * The rings of a model (docs/protocols.md, fixed point): values live in Z_2^bits with fractionBits; the input of a linear layer
 * and its weights may have fewer, in a smaller ring; embeddings and vectors are small numbers and are stored in small rings.
 */
export type Ring = z.infer<typeof Ring>;

const Bits = z.int().min(8).max(64);
const Fraction = z.int().min(1).max(40);
export const Linear = z.strictObject({ bits: Bits, input: Fraction, weight: Fraction });
const Stored = z.strictObject({ bits: Bits });

export const Ring = z
  .strictObject({ bits: Bits, fractionBits: Fraction, linear: Linear, table: Stored, vector: Stored })
  .refine(({ bits, fractionBits }) => 2 * fractionBits + 2 <= bits, 'a product of two values does not fit in ring.bits')
  .refine(({ linear }) => linear.input + linear.weight + 2 <= linear.bits, 'a product does not fit in ring.linear.bits')
  .refine(({ bits, linear }) => linear.bits <= bits, 'ring.linear.bits is more than ring.bits')
  .refine(
    ({ fractionBits, linear }) => linear.input <= fractionBits,
    'ring.linear.input is more than ring.fractionBits',
  )
  .refine(({ fractionBits, table, vector }) => Math.min(table.bits, vector.bits) >= fractionBits + 4, {
    error: 'ring.table.bits and ring.vector.bits need 4 bits more than ring.fractionBits',
  });

/** The ring that a tensor of this kind is stored in. */
export function storedRing(kind: PlannedTensor['kind'], ring: Ring): { bits: number; frac: number } {
  return kind === 'matrix'
    ? { bits: ring.linear.bits, frac: ring.linear.weight }
    : { bits: ring[kind].bits, frac: ring.fractionBits };
}

/** The ring with another one for linear layers, written "BITS,INPUT,WEIGHT": 40,12,13. Throws E_RING. */
export function linearRing(text: string, ring: Ring): Ring {
  const fail = (what: string): never => {
    throw new PumaError('E_RING', `${JSON.stringify(text)} is no ring for linear layers: ${what}`, LINEAR_HINT);
  };
  const numbers = /^(\d+),(\d+),(\d+)$/.exec(text.replaceAll(' ', ''))?.slice(1).map(Number);
  const [bits, input, weight] = numbers ?? fail('three whole numbers with commas are expected');
  const parsed = Ring.safeParse({ ...ring, linear: { bits, input, weight } });
  return parsed.success ? parsed.data : fail(firstIssue(parsed.error));
}

const LINEAR_HINT =
  'Give BITS,INPUT,WEIGHT such as 40,12,13: bits of the ring, fractional bits of the inputs and of the weights.';
