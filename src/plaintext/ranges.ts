/** Calibration: how far the values of a model go on texts of its owner's choice, and which rings hold them. Never at a party. */
import type { Kernels } from '../kernels/index.ts';
import type { Model } from '../models/model.ts';
import type { Query } from '../models/query.ts';
import { type Bound, formBound } from '../ops/bounds.ts';
import type { PlainWeights } from '../ops/plain.ts';
import { largestOf } from '../ops/plain-measures.ts';
import { type Ranged, RangeOps, type RangeOptions } from '../ops/plain-ranges.ts';
import { type Site, Sites } from '../ops/sites.ts';
import { storedRing } from '../rings/model-ring.ts';
import type { ModelRing } from '../rings/schema.ts';
import type { Bounded, Measured } from './margins.ts';
import { patient } from './plain.ts';

export type CalibrateOptions = {
  model: Model;
  ring: ModelRing;
  kernels: Pick<Kernels, 'matmulFloat'>;
  weights: PlainWeights;
  queries: readonly Query[];
  signal?: AbortSignal;
  onQuery?(done: number): void;
};

/** Runs texts in the clear and watches. A model that generates is watched at every token, as if each were the last. */
export async function measure(options: CalibrateOptions): Promise<Measured[]> {
  const { model, ring, kernels, weights, queries, signal, onQuery } = options;
  const sites = new Sites();
  const clear = { kernels, weights: patient(weights, signal) };
  for (const [i, query] of queries.entries()) {
    await watch(model, query, { ring, sites, clear });
    onQuery?.(i + 1);
  }
  return measuredAt(sites);
}

/** How far values went at the places that were watched. */
export const measuredAt = (sites: Sites): Measured[] =>
  sites.list().map(({ site, range }) => ({ site, range: range! }));

/** What these rings hold at each place of the model, in its order. `onTap` hears which places are known when a value is tapped. */
export async function boundsOf(
  model: Model,
  ring: ModelRing,
  padded: boolean,
  onTap?: (name: string, before: readonly Site[]) => void,
): Promise<Site[]> {
  const sites = new Sites();
  const query: Query = { ids: [0, 0], types: [0, 0], ...(padded ? { mask: [1, 1] } : {}) };
  await watch(model, query, { ring, sites, ...(onTap ? { onTap: (name) => onTap(name, sites.list()) } : {}) });
  return sites.list();
}

export type WatchOptions = Omit<RangeOptions, 'form'> & {
  ring: ModelRing;
  /** Of a model that generates: compute what follows every token (the default), or the last one only. */
  every?: boolean;
};

/** One query through the model, watched. -> its output */
export async function watch(
  model: Model,
  { ids, types, mask, position = 0 }: Query,
  { every = true, ...options }: WatchOptions,
): Promise<Ranged> {
  const ops = new RangeOps({ ...options, form: formsOf(model, options.ring) });
  const rows = ops.hot(model.hotRows(ids, types, position), options.ring.table.bits);
  const input = { tokens: ids.length, rows, every, ...(mask ? { mask: ops.mask(mask) } : {}) };
  const output = await model.forward<Ranged>(ops, input);
  ops.reveal(output, model.head.argmax);
  return output;
}

function formsOf(model: Model, ring: ModelRing): RangeOptions['form'] {
  const forms = new Map(
    model.plan().map(({ name, kind, shape }) => [name, { ...storedRing({ name, kind }, ring), shape }]),
  );
  return (name) => forms.get(name);
}

/** What these rings hold of the entries of each tensor. */
export function entryBounds(model: Model, ring: ModelRing): Bounded[] {
  return model.plan().map((tensor) => {
    const bound = formBound(storedRing(tensor, ring));
    return { site: entriesOf(tensor.name), kind: 'entries', place: tensor.name, bound, rings: [tensor.name] };
  });
}

const entriesOf = (tensor: string): string => `${tensor} entries`;

/** The weights, and how large the entries of those are that were read so far. */
export function watchEntries(weights: PlainWeights): { weights: PlainWeights; measured(): Measured[] } {
  const seen = new Map<string, Bound>();
  const get = async (name: string) => {
    const tensor = await weights.get(name);
    if (!seen.has(name)) seen.set(name, largestOf(tensor.data));
    return tensor;
  };
  const measured = () => [...seen].map(([name, range]) => ({ site: entriesOf(name), range }));
  return { weights: { has: (name) => weights.has(name), get }, measured };
}
