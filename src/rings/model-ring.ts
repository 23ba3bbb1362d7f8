/** What the rings of a model say of its places and its tensors. */
import type { IntegerBits, LinearRing, ModelRing, SiteRing } from './schema.ts';

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

/** The ring that a tensor is stored in. */
export function storedRing(
  { name, kind }: { name: string; kind: 'matrix' | 'table' | 'vector' },
  ring: ModelRing,
): { bits: number; frac: number } {
  if (kind === 'table') return ring.table;
  if (kind === 'vector') return { bits: ring.vector.bits, frac: ring.fractionBits };
  const { bits, weight } = linearOf(ring, name.replace(/\.weight$/, ''));
  return { bits, frac: weight };
}
