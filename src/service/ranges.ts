/** Calibration: how far the values of a model go on texts of its owner's choice, and which rings hold them. Never at a party. */
import type { Kernels } from '../kernels/index.ts';
import { type Ring, storedRing } from '../loaders/rings.ts';
import type { Model } from '../models/model.ts';
import { type Bound, headRoom, holds } from '../ops/bounds.ts';
import type { PlainWeights } from '../ops/plain.ts';
import { type Ranged, RangeOps, type RangeOptions } from '../ops/plain-ranges.ts';
import { type Site, Sites } from '../ops/sites.ts';
import type { Query } from './client.ts';

/** How far values went at a place of the model; without bounds, which the rings give. */
export type Measured = { site: string; range: Bound };

/** A place that a ring binds. `room`: bits between the range and its bound. */
export type Margin = { site: string; range: Bound; bound: Bound; room: number; holds: boolean };

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
    .map(({ site, bound }) => {
      const range = ranges.get(site)!;
      return { site, range, bound, room: headRoom(range, bound), holds: holds(range, bound) };
    })
    .sort((a, b) => a.room - b.room);
}

export type LinearRing = Ring['linear'];

/** A ring for linear layers, and the place of the model that it leaves least room. */
export type Judged = { linear: LinearRing; tightest: Margin };

/** How the model fares with another ring for its linear layers. */
export async function judge(
  model: Model,
  ring: Ring,
  linear: LinearRing,
  measured: readonly Measured[],
): Promise<Judged> {
  const padded = isPadded(measured);
  const [tightest] = marginsOf(measured, await boundsOf(model, { ...ring, linear }, padded));
  return { linear, tightest: tightest! };
}

/**
 * The ring of fewest bits for these fractions whose every bound leaves `room` bits, or undefined: then no ring for linear layers helps,
 * for the bound that is broken is another's.
 */
export async function smallestRing(
  model: Model,
  ring: Ring,
  { input, weight }: Pick<LinearRing, 'input' | 'weight'>,
  measured: readonly Measured[],
  room: number,
): Promise<Judged | undefined> {
  for (let bits = Math.max(8, input + weight + 2); bits <= ring.bits; bits++) {
    const judged = await judge(model, ring, { ...ring.linear, bits, input, weight }, measured);
    if (judged.tightest.holds && judged.tightest.room >= room) return judged;
  }
  return undefined;
}

/** Whether the texts were padded, and the places of padded scores among those measured. */
const isPadded = (measured: readonly Measured[]): boolean => measured.some(({ site }) => site.includes(' padded '));
