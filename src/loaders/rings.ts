import { z } from 'zod';
import { PumaError } from '../errors.ts';
import type { PlannedTensor } from '../models/model.ts';
import { linearOf, SITE_KINDS } from '../rings/model-ring.ts';
import { firstIssue } from './json.ts';

/**
 * The rings of a model (docs/protocols.md, fixed point): values live in Z_2^bits with fractionBits; the input of a linear layer
 * and its weights may have fewer, in a smaller ring; embeddings and vectors are small numbers and are stored in small rings. `integers`
 * says how large values may become by kind, `sites` what single places have instead (ops/secure-rings.ts).
 */
export type Ring = z.infer<typeof Ring>;

const Bits = z.int().min(8).max(64);
const Fraction = z.int().min(1).max(40);
/** How few and how many integer bits there may be: of the results of linear layers, and by kind. */
export const LIMITS = {
  results: { min: 1, max: 40 },
  scores: { min: 8, max: 24 },
  values: { min: 4, max: 30 },
  activation: { min: 7, max: 30 }, // the periods of SiLU and tanh need 23 bits
  product: { min: 6, max: 34 },
  logits: { min: 6, max: 30 },
} as const;
const within = ({ min, max }: { min: number; max: number }) => z.int().min(min).max(max);
const Integers = within(LIMITS.results);
/** Integer bits of results unless told otherwise. */
const RESULTS = 14;
export const Linear = z.strictObject({
  bits: Bits,
  input: Fraction,
  weight: Fraction,
  results: Integers.default(RESULTS),
});
/** Fractional bits of the residual stream. */
export const RESIDUAL_FRAC = { min: 2, max: 30 } as const;
const Stored = z.strictObject({ bits: Bits });
const Table = z.strictObject({ bits: Bits, frac: z.int().min(0).max(48).default(18) });
export const Integer = z.strictObject({
  scores: within(LIMITS.scores).default(20),
  values: within(LIMITS.values).default(10),
  activation: within(LIMITS.activation).default(10),
  product: within(LIMITS.product).default(14),
  logits: within(LIMITS.logits).default(10),
});
const Site = z.strictObject({ ...Linear.partial().shape, results: Integers, integers: Integers }).partial();

/** What the integer bits of a place may not be: those of 'layer.3.gate.activation' are bound like those of all activations. */
function wrongIntegers(sites: Readonly<Record<string, z.infer<typeof Site>>>): string | undefined {
  for (const [name, { integers }] of Object.entries(sites)) {
    const kind = Object.entries(Integer.shape).find(([kind]) => name.endsWith(`.${kind}`))?.[1];
    const wrong = kind?.safeParse(integers).error;
    if (wrong) return `ring.sites.${name}.integers: ${wrong.issues[0]!.message}`;
  }
  return undefined;
}

export const Ring = z
  .strictObject({
    bits: Bits,
    fractionBits: Fraction,
    linear: Linear,
    table: Table,
    vector: Stored,
    residual: z.strictObject({ frac: within(RESIDUAL_FRAC).default(18) }).prefault({}),
    integers: Integer.prefault({}),
    sites: z.record(z.string().regex(/^[\w.]+$/), Site).default({}),
    /** Sites that weights do not prove to stay within these rings; missing where nobody looked. */
    unproved: z.array(z.strictObject({ kind: z.enum(SITE_KINDS), place: z.string() })).optional(),
  })
  .refine(({ bits, fractionBits }) => 2 * fractionBits + 2 <= bits, 'a product of two values does not fit in ring.bits')
  .refine(({ linear }) => linear.input + linear.weight + 2 <= linear.bits, 'a product does not fit in ring.linear.bits')
  .refine(({ bits, linear }) => linear.bits <= bits, 'ring.linear.bits is more than ring.bits')
  .refine(
    ({ fractionBits, linear }) => linear.input <= fractionBits,
    'ring.linear.input is more than ring.fractionBits',
  )
  .refine(({ table }) => table.bits >= table.frac + 4, 'ring.table.bits needs 4 bits more than ring.table.frac')
  .refine(({ fractionBits, vector }) => vector.bits >= fractionBits + 4, {
    error: 'ring.vector.bits needs 4 bits more than ring.fractionBits',
  })
  .refine(({ sites }) => wrongIntegers(sites) === undefined, {
    error: ({ input }) => wrongIntegers((input as { sites: Parameters<typeof wrongIntegers>[0] }).sites)!,
  });

/** The ring that a tensor is stored in. */
export function storedRing(
  { name, kind }: Pick<PlannedTensor, 'name' | 'kind'>,
  ring: Ring,
): { bits: number; frac: number } {
  if (kind === 'table') return ring.table;
  if (kind === 'vector') return { bits: ring.vector.bits, frac: ring.fractionBits };
  const { bits, weight } = linearOf(ring, name.replace(/\.weight$/, ''));
  return { bits, frac: weight };
}

/** The ring with another one for linear layers, written "BITS,INPUT,WEIGHT": 40,12,13. Throws E_RING. */
export function linearRing(text: string, ring: Ring): Ring {
  const fail = (what: string): never => {
    throw new PumaError('E_RING', `${JSON.stringify(text)} is no ring for linear layers: ${what}`, LINEAR_HINT);
  };
  const numbers = /^(\d+),(\d+),(\d+)$/.exec(text.replaceAll(' ', ''))?.slice(1).map(Number);
  const [bits, input, weight] = numbers ?? fail('three whole numbers with commas are expected');
  const parsed = Ring.safeParse({ ...ring, linear: { bits, input, weight }, sites: {} });
  return parsed.success ? parsed.data : fail(firstIssue(parsed.error));
}

const LINEAR_HINT =
  'Give BITS,INPUT,WEIGHT such as 40,12,13: bits of the ring, fractional bits of the inputs and of the weights.';
