/** The plaintext side of a comparison: answers, and how far values went at every site of the model. */

import type { Model } from '../models/model.ts';
import type { Query } from '../models/query.ts';
import type { Sites } from '../ops/sites.ts';
import type { ModelRing } from '../rings/schema.ts';
import { type Margin, type Measured, marginsOf } from './margins.ts';
import { type PlainAnswer, type PlainOptions, patient } from './plain.ts';
import { boundsOf, watch } from './ranges.ts';

export type WatchedOptions = PlainOptions & {
  ring: ModelRing;
  /** Ranges are added to those that are known. */
  sites: Sites;
};

/** What inferPlain() gives, computed in the same floats and watched on the way. */
export async function inferWatched(
  { kernels, model, weights, onProgress, signal, ring, sites }: WatchedOptions,
  query: Query,
): Promise<PlainAnswer> {
  const layers = new Map<string, Float32Array>();
  const output = await watch(model, query, {
    ...{ ring, sites, every: query.reveal === 'every' },
    clear: { kernels, weights: patient(weights, signal) },
    onTap(name, value) {
      layers.set(name, value!.data);
      onProgress?.(name);
    },
  });
  return { output: output.value!.data, layers };
}

/** A site, and the value that the model taps next: an error that is made at the site is first seen there. */
export type PlacedMargin = Margin & { layer: string };

/** The places that these rings bind, in the order of the model, each with the value that is tapped after it. */
export async function placedMargins(
  model: Model,
  ring: ModelRing,
  measured: readonly Measured[],
  padded: boolean,
): Promise<PlacedMargin[]> {
  const layers = new Map<string, string>();
  let last = '';
  const bounds = await boundsOf(model, ring, padded, (name, before) => {
    for (const { site } of before) if (!layers.has(site)) layers.set(site, name);
    last = name;
  });
  const margins = new Map(marginsOf(measured, bounds).map((margin) => [margin.site, margin]));
  return bounds.flatMap(({ site }) => {
    const margin = margins.get(site);
    return margin ? [{ ...margin, layer: layers.get(site) ?? last }] : []; // the output is shown after the last tap
  });
}
