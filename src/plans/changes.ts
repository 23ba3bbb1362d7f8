/** What a plan changes, place by place. */

import type { Site } from '../ops/sites.ts';
import { integersOf, linearOf } from '../rings/model-ring.ts';
import type { IntegerBits, ModelRing } from '../rings/schema.ts';

/** A ring as people read it: its bits, its fractional bits (of the input and of the weights), and n where it holds values below 2^n. */
export type Capacity = { bits?: number; frac?: readonly number[]; below?: number };

export type Change = { site: string; default: Capacity; plan: Capacity };

/** Rings, and the places of the model under them. */
export type RingsAt = { ring: ModelRing; sites: readonly Site[] };

/** Rings of the whole model first, then places in the order of the model. */
export function changesOf(before: RingsAt, after: RingsAt): Change[] {
  const planned = new Map(held(after));
  return held(before).flatMap(([site, ring]) => {
    const plan = planned.get(site)!;
    return JSON.stringify(ring) === JSON.stringify(plan) ? [] : [{ site, default: ring, plan }];
  });
}

function held({ ring, sites }: RingsAt): [site: string, held: Capacity][] {
  const { table, vector, residual, linear } = ring;
  return [
    ['embeddings', { bits: table.bits, frac: [table.frac] }],
    ['biases and gains', { bits: vector.bits, frac: [ring.fractionBits] }],
    ['residual stream', { frac: [residual.frac] }],
    ['results of norms', { bits: linear.bits, frac: [linear.input] }],
    ...sites.flatMap((site) => heldAt(ring, site)),
  ];
}

function heldAt(ring: ModelRing, { kind, place, bound }: Site): [string, Capacity][] {
  if (kind === 'linear') {
    const { bits, input, weight } = linearOf(ring, place);
    return [[place, { bits, frac: [input, weight], below: Math.log2(bound.most) }]];
  }
  if (!(kind in ring.integers)) return [];
  return [[`${place}.${kind}`, { below: integersOf(ring, kind as keyof IntegerBits, place) }]];
}
