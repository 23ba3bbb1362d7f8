/** Calibration: how far the values of a model go on texts of its owner's choice, and which rings hold them. Never at a party. */
import type { Kernels } from '../kernels/index.ts';
import { type Ring, storedRing } from '../loaders/rings.ts';
import type { Model } from '../models/model.ts';
import { type Bound, formBound, headRoom, holds } from '../ops/bounds.ts';
import type { PlainWeights } from '../ops/plain.ts';
import { largestOf } from '../ops/plain-measures.ts';
import { type Ranged, RangeOps, type RangeOptions } from '../ops/plain-ranges.ts';
import { type Site, Sites } from '../ops/sites.ts';
import type { Query } from './client.ts';

/** How far values went at a place of the model; without bounds, which the rings give. */
export type Measured = { site: string; range: Bound };

/** A place that a ring binds. `room`: by how many bits values may grow; mean squares grow by two for one of these. */
export type Margin = Site & { range: Bound; room: number; holds: boolean };

export type CalibrateOptions = {
  model: Model;
  ring: Ring;
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
  const patient: PlainWeights = {
    has: (name) => weights.has(name),
    get: async (name) => {
      await new Promise(setImmediate); // lets Ctrl-C through between layers
      signal?.throwIfAborted();
      return weights.get(name);
    },
  };
  for (const [i, query] of queries.entries()) {
    await watch(model, query, { ring, sites, form: formsOf(model, ring), clear: { kernels, weights: patient } });
    onQuery?.(i + 1);
  }
  return sites.list().map(({ site, range }) => ({ site, range: range! }));
}

/** What these rings hold at each place of the model. */
export async function boundsOf(model: Model, ring: Ring, padded: boolean): Promise<Site[]> {
  const sites = new Sites();
  const query: Query = { ids: [0, 0], types: [0, 0], ...(padded ? { mask: [1, 1] } : {}) };
  await watch(model, query, { ring, sites, form: formsOf(model, ring) });
  return sites.list();
}

async function watch(
  model: Model,
  { ids, types, mask, position = 0 }: Query,
  options: RangeOptions & { ring: Ring },
): Promise<void> {
  const ops = new RangeOps(options);
  const rows = ops.hot(model.hotRows(ids, types, position), options.ring.table.bits);
  const input = { tokens: ids.length, rows, every: true, ...(mask ? { mask: ops.mask(mask) } : {}) };
  ops.reveal(await model.forward<Ranged>(ops, input), model.task === 'generate');
}

/** What these rings hold of the entries of each tensor, exactly: a plan needs no margin for them. */
export function entryBounds(model: Model, ring: Ring): Site[] {
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

function formsOf(model: Model, ring: Ring): RangeOptions['form'] {
  const forms = new Map(
    model.plan().map(({ name, kind, shape }) => [name, { ...storedRing({ name, kind }, ring), shape }]),
  );
  return (name) => forms.get(name);
}

/** The places that bounds bind, tightest first. A place that was not measured is left out. */
export function marginsOf(measured: readonly Measured[], bounds: readonly Site[]): Margin[] {
  const ranges = new Map(measured.map(({ site, range }) => [site, range]));
  return bounds
    .filter(({ site, bound }) => ranges.has(site) && (bound.most < Number.POSITIVE_INFINITY || bound.least))
    .map((site) => {
      const [range, { bound }] = [ranges.get(site.site)!, site];
      const room = headRoom(range, bound) / (site.kind === 'norm' ? 2 : 1);
      return { ...site, range, room, holds: holds(range, bound) };
    })
    .sort((a, b) => a.room - b.room);
}
