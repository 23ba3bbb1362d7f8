/**
 * The rings of a model, place by place. Magnitudes are bounds of the model, found from its weights or measured by its owner; never taken
 * from a query.
 */

/** Of a linear layer: its ring, fractional bits of its input and its weights, and integer bits of its results. */
export type LinearRing = { bits: number; input: number; weight: number; results: number };

/** Integer bits n of values by kind: |value| < 2^n. */
export type IntegerBits = {
  /** Attention scores in base 2, before the maximum is taken off. */
  scores: number;
  /** Values of attention, and what it gives. */
  values: number;
  /** Inputs of activations. */
  activation: number;
  /** Products of an activation and another value. */
  product: number;
  /** Logits whose largest is looked for. */
  logits: number;
};

/** What one place of the model has instead: 'layer.3.down', or 'down' for that of every layer. */
export type SiteRing = Partial<LinearRing> & { integers?: number };

/** Of a model: linear layers have a ring of their own; the residual stream has `residual.frac` fractional bits in Z_2^64. */
export type ModelRing = {
  bits: number;
  fractionBits: number;
  linear: LinearRing;
  residual: { frac: number };
  integers: IntegerBits;
  sites: Readonly<Record<string, SiteRing>>;
  /** Sites that weights do not prove to stay within these rings; missing where nobody looked. */
  unproved?: readonly { kind: SiteKind; place: string }[] | undefined;
};

/** What the ring says of a place: of the place itself before those of its kind in all layers. */
function siteOf({ sites }: ModelRing, name: string): SiteRing {
  const kind = name.replace(/^layer\.\d+\./, '');
  return { ...sites[kind], ...sites[name] };
}

/** The ring of the linear layer `name`. */
export function linearOf(ring: ModelRing, name: string): LinearRing {
  const { bits, input, weight, results } = { ...ring.linear, ...siteOf(ring, name) };
  return { bits, input, weight, results };
}

/** Integer bits of the values of this kind at the place `name`. */
export const integersOf = (ring: ModelRing, kind: keyof IntegerBits, name: string): number =>
  siteOf(ring, `${name}.${kind}`).integers ?? ring.integers[kind];

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
