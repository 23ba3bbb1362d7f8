/** From the integer bits that each place needs to the rings of a model. */

import type { Bounded } from '../plaintext/margins.ts';
import { linearOf } from '../rings/model-ring.ts';
import { type IntegerBits, LIMITS, type LinearRing, type ModelRing } from '../rings/schema.ts';
import { linearFor, MOST_BITS, readBits } from './linear.ts';
import { groupSites, type PlaceRing } from './sites.ts';

/**
 * Integer bits by what holds them: 'layer.3.down' (results of the layer), 'layer.3.down.weight' (entries of the matrix),
 * 'layer.3.attention.scores'; and those of all tables, of all gains, and of the entries of all vectors, which have one ring each.
 */
export type Needs = ReadonlyMap<string, number>;

export const [TABLE, GAIN, VECTOR] = ['table', 'gain', 'vector'] as const;

/** A linear layer: where, what it has, and whether a norm makes its input, which comes with `frac` fractional bits. */
type Linear = { place: string; linear: LinearRing; normed: boolean; frac: number };

/**
 * Rings for these needs, with as many fractional bits as `ring` has wherever 64 bits allow it. `sites` are the places of the model under
 * rings for smaller needs.
 */
export function ringFor(ring: ModelRing, sites: readonly Bounded[], needs: Needs, residualFrac: number): ModelRing {
  const integers = integersFor(sites, needs);
  const input = normFrac(ring, needs);
  const linears = linearsFor(ring, sites, needs, integers, input);
  const linear = { ...ring.linear, bits: normBits(ring, linears, needs, input), input, results: usualResults(linears) };
  const places: PlaceRing[] = linears.map((one) => ({ place: one.place, ring: one.linear, base: linear }));
  for (const [place, bits] of integers) {
    const kind = place.slice(place.lastIndexOf('.') + 1) as keyof IntegerBits;
    places.push({ place, ring: { integers: bits }, base: { integers: ring.integers[kind] } });
  }
  const { unproved: _, ...whole } = ring; // how far values go was measured
  return {
    ...{ ...whole, linear, residual: { frac: residualFrac } },
    table: tableFor(ring, sites, needOf(needs, TABLE), residualFrac),
    vector: { bits: vectorBits(ring, linears, needs, input) },
    sites: groupSites(places),
  };
}

const needOf = (needs: Needs, name: string): number => needs.get(name) ?? 1;

/** Integer bits of scores, values and the like by their places, within what there are rings for. */
function integersFor(sites: readonly Bounded[], needs: Needs): Map<string, number> {
  const kinds = new Set<string>(Object.keys(LIMITS));
  const places = sites.filter(({ kind }) => kinds.has(kind)).map(({ kind, place }) => `${place}.${kind}`);
  return new Map(
    places.map((place) => {
      const { min, max } = LIMITS[place.slice(place.lastIndexOf('.') + 1) as keyof IntegerBits];
      return [place, Math.min(max, Math.max(min, needOf(needs, place)))];
    }),
  );
}

function linearsFor(
  ring: ModelRing,
  sites: readonly Bounded[],
  needs: Needs,
  integers: ReadonlyMap<string, number>,
  input: number,
): Linear[] {
  return sites.flatMap(({ kind, place, input: from }) => {
    if (kind !== 'linear') return [];
    const { masked: normed } = from!;
    const frac = normed ? Math.min(from!.frac, input) : from!.frac;
    // With as many integer bits as its reader, a result is brought to the reader's smaller ring without a message
    const readers = ['activation', 'logits'].map((reader) => integers.get(`${place}.${reader}`) ?? 0);
    const results = Math.max(needOf(needs, place), ...readers);
    const linear = linearFor(linearOf(ring, place), frac, results, needOf(needs, `${place}.weight`));
    return [{ place, linear, normed, frac }];
  });
}

/** Fractional bits of what norms give: a gain multiplies it by a vector, and the product must fit. */
function normFrac({ linear, fractionBits }: ModelRing, needs: Needs): number {
  if (!needs.has(GAIN)) return linear.input;
  const room = MOST_BITS - 2 - fractionBits - needOf(needs, GAIN);
  return Math.min(linear.input, Math.max(8, room));
}

/** Bits of what norms give: so many that each layer which reads it takes it by leaving bits away, and that gains fit. */
function normBits(ring: ModelRing, linears: readonly Linear[], needs: Needs, input: number): number {
  const readers = linears.filter(({ normed }) => normed);
  const read = readers.map(({ linear, frac }) => readBits(linear, frac) + input - Math.min(frac, linear.input));
  const least = Math.max(8, input + ring.linear.weight + 2, gainBits(ring, needs, input));
  return Math.min(MOST_BITS, Math.max(least, ...read));
}

/** Bits of a product of a gain, which both factors must have. */
const gainBits = ({ fractionBits }: ModelRing, needs: Needs, input: number): number =>
  needs.has(GAIN) ? input + fractionBits + 2 + needOf(needs, GAIN) : 0;

/** Vectors are few: their ring is never smaller than before. It must hold their entries, gains, and whatever a bias is added to. */
function vectorBits(ring: ModelRing, linears: readonly Linear[], needs: Needs, input: number): number {
  const whole = Math.max(...[VECTOR, ...linears.map(({ place }) => place)].map((name) => needOf(needs, name)));
  return Math.min(MOST_BITS, Math.max(ring.vector.bits, ring.fractionBits + 2 + whole, gainBits(ring, needs, input)));
}

/** The ring of tables: its fraction follows that of the residual stream, for a finer sum would not be brought to the stream. */
function tableFor({ table, residual }: ModelRing, sites: readonly Bounded[], whole: number, residualFrac: number) {
  const streams = sites.some(({ kind, rings }) => kind === 'residual' && rings?.length === 0);
  const lower = residualFrac < residual.frac && streams;
  const higher = residualFrac > residual.frac;
  const frac = lower ? Math.min(table.frac, residualFrac) : higher ? Math.max(table.frac, residualFrac) : table.frac;
  return { bits: Math.min(MOST_BITS, Math.max(8, frac + 4, frac + 2 + whole)), frac };
}

/** What most layers have. */
function usualResults(linears: readonly Linear[]): number {
  const all = linears.map(({ linear }) => linear.results);
  const times = (n: number) => all.filter((other) => other === n).length;
  return all.reduce((best, n) => (times(n) > times(best) ? n : best));
}
