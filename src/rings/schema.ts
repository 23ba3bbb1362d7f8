import { z } from 'zod';

/** What a ring binds: it says which part of the rings (secure-rings.ts) holds the values of a site. */
export const SITE_KINDS = [
  'embeddings',
  'linear',
  'residual',
  'norm',
  'queries and keys',
  'scores',
  'values',
  'activation',
  'product',
  'logits',
  'output',
] as const;
export type SiteKind = (typeof SITE_KINDS)[number];

/**
 * The rings of a model (docs/protocols.md, fixed point): values live in Z_2^bits with fractionBits; the input of a linear layer
 * and its weights may have fewer, in a smaller ring; embeddings and vectors are small numbers and are stored in small rings. `integers`
 * says how large values may become by kind, `sites` what single places have instead (ops/secure-rings.ts).
 */
export type ModelRing = z.infer<typeof ModelRing>;

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
/** Of a linear layer: its ring, fractional bits of its input and its weights, and integer bits of its results. */
export const LinearRing = z.strictObject({
  bits: Bits,
  input: Fraction,
  weight: Fraction,
  results: Integers.default(RESULTS),
});
export type LinearRing = z.infer<typeof LinearRing>;

/** Fractional bits of the residual stream. */
export const RESIDUAL_FRAC = { min: 2, max: 30 } as const;
const Stored = z.strictObject({ bits: Bits });
const Table = z.strictObject({ bits: Bits, frac: z.int().min(0).max(48).default(18) });
/** Integer bits n of values by kind: |value| < 2^n. */
export const IntegerBits = z.strictObject({
  /** Attention scores in base 2, before the maximum is taken off. */
  scores: within(LIMITS.scores).default(20),
  /** Values of attention, and what it gives. */
  values: within(LIMITS.values).default(10),
  /** Inputs of activations. */
  activation: within(LIMITS.activation).default(10),
  /** Products of an activation and another value. */
  product: within(LIMITS.product).default(14),
  /** Logits whose largest is looked for. */
  logits: within(LIMITS.logits).default(10),
});
export type IntegerBits = z.infer<typeof IntegerBits>;
/** What one place of the model has instead: 'layer.3.down', or 'down' for that of every layer. */
const SiteRing = z.strictObject({ ...LinearRing.partial().shape, results: Integers, integers: Integers }).partial();
export type SiteRing = z.infer<typeof SiteRing>;

/** What the integer bits of a place may not be: those of 'layer.3.gate.activation' are bound like those of all activations. */
function wrongIntegers(sites: Readonly<Record<string, z.infer<typeof SiteRing>>>): string | undefined {
  for (const [name, { integers }] of Object.entries(sites)) {
    const kind = Object.entries(IntegerBits.shape).find(([kind]) => name.endsWith(`.${kind}`))?.[1];
    const wrong = kind?.safeParse(integers).error;
    if (wrong) return `ring.sites.${name}.integers: ${wrong.issues[0]!.message}`;
  }
  return undefined;
}

export const ModelRing = z
  .strictObject({
    bits: Bits,
    fractionBits: Fraction,
    linear: LinearRing,
    table: Table,
    vector: Stored,
    residual: z.strictObject({ frac: within(RESIDUAL_FRAC).default(18) }).prefault({}),
    integers: IntegerBits.prefault({}),
    sites: z.record(z.string().regex(/^[\w.]+$/), SiteRing).default({}),
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
