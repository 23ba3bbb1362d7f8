/** Forms of the secure interpreter's values: what each step makes of rings, for the step itself, its price and its bounds. */
import { mirroredForm } from '../mpc/mirror.ts';
import type { LinearRing, ModelRing } from '../rings/schema.ts';
import type { Ring } from './secure-rings.ts';
import type { Form } from './secure-values.ts';

/** A product before it is settled: the smaller ring, the fractional bits of both. */
export const productForm = (x: Ring, y: Ring): Form => ({
  bits: Math.min(x.bits, y.bits),
  frac: x.frac + y.frac,
  masked: false,
});

/** A product by a weight (mpc/mirror.ts). */
export const weighedForm = (x: Ring, weight: Ring): Form => ({ ...mirroredForm(x, weight), masked: false });

/** A sum: terms are raised to the finest of them, in at most 64 bits; the smallest of their rings counts. */
export function sumForm(terms: readonly Ring[]): Form {
  const frac = Math.max(...terms.map((term) => term.frac));
  const bits = Math.min(...terms.map((term) => Math.min(64, term.bits + frac - term.frac)));
  return { bits, frac, masked: false };
}

/** Bits of a ring whose products by weights have `frac` fractional bits and are below 2^results: from 52 on they lose one (mpc/mirror.ts). */
export function bitsOfResults(frac: number, results: number): number {
  const bits = frac + results + 2;
  return bits < 52 ? bits : bits + 1;
}

/** The ring a linear layer's input is brought to: no larger than its results need. */
export function linearInput(x: Ring, weight: Ring, { bits, input, results }: LinearRing): Ring {
  const frac = Math.min(x.frac, input);
  return { bits: Math.min(bits, weight.bits, bitsOfResults(frac + weight.frac, results)), frac };
}

/**
 * Terms of a sum: those in the ring of the residual stream, and groups of others that are summed before they are brought there. `stays`: there is
 * only one group, which is left to its reader.
 */
export function groupsOf<T extends Ring>(
  terms: readonly T[],
  stream: Ring,
): { streams: T[]; groups: T[][]; stays: boolean } {
  const streams = terms.filter(({ bits, frac }) => bits === stream.bits && frac === stream.frac);
  const rest = terms.filter((term) => !streams.includes(term));
  const isProduct = ({ frac }: Ring) => frac > stream.frac;
  const groups = [rest.filter(isProduct), rest.filter((term) => !isProduct(term))].filter(({ length }) => length > 0);
  return { streams, groups, stays: terms.length > 1 && groups.length === 1 && streams.length === 0 };
}

/** The form of a sum in the interpreter. */
export function addedForm(terms: readonly Ring[], stream: Ring): Form {
  return groupsOf(terms, stream).stays ? sumForm(terms) : { ...stream, masked: false };
}

/** What a norm gives. */
export const normForm = ({ linear }: ModelRing): Form => ({ bits: linear.bits, frac: linear.input, masked: true });
