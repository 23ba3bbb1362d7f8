/** Small models at three parties in this process, and the same ones in the clear. */
import { join } from 'node:path';
import { projectRoot } from '../../src/files/root.ts';
import { openCheckpoint } from '../../src/loaders/checkpoint.ts';
import { loadRegistry } from '../../src/loaders/registry.ts';
import { modelFor } from '../../src/models/index.ts';
import type { Model } from '../../src/models/model.ts';
import { plannedWeights } from '../../src/models/weights.ts';
import { Additive, Masked, type Price } from '../../src/mpc/values.ts';
import { heldWeights } from '../../src/ops/held-weights.ts';
import { hotInput, maskInput, plainOps } from '../../src/ops/plain.ts';
import { SecureOps } from '../../src/ops/secure.ts';
import { additive } from '../../src/ops/secure-values.ts';
import type { LocalOptions } from '../../src/party/local.ts';
import type { Party } from '../../src/party/party.ts';
import { storedRing } from '../../src/rings/model-ring.ts';
import type { ModelRing } from '../../src/rings/schema.ts';
import { CONFIG, random, randomWeights, reader } from '../models/tiny-bert.ts';
import { billOf, type Draw, kernels, maskedReals, open, type Parts, three } from '../mpc/parties.ts';

export const RING: ModelRing = loadRegistry().defaults.ring;

export type Query = { ids: number[]; types?: number[]; mask?: number[] };
export type Bert = { model: Model; weights: ReturnType<typeof plannedWeights> };

export function tinyBert(change: Partial<typeof CONFIG> = {}): Bert {
  const config = { ...CONFIG, ...change };
  const tensors = randomWeights(config);
  const model = modelFor(config);
  return { model, weights: plannedWeights(model.plan(new Set(tensors.keys())), reader(tensors)) };
}

/** One of the small checkpoints that transformers made. */
export async function golden(name: string): Promise<Bert> {
  const checkpoint = await openCheckpoint(join(projectRoot(), 'test/golden/models', name));
  const model = modelFor(checkpoint.config);
  const kept = plannedWeights(model.plan(checkpoint.names), checkpoint.read);
  for (const { name } of model.plan()) await kept.get(name); // the file can be closed
  await checkpoint.close();
  return { model, weights: kept };
}

export type Trace = Map<string, number[]>;

/** Every value the model names, and its output, in the clear. */
export async function clearly({ model, weights }: Bert, { ids, types, mask }: Query): Promise<Trace> {
  const taps: Trace = new Map();
  const ops = plainOps(kernels, weights, { onTap: (name, value) => void taps.set(name, [...value.data]) });
  const rows = hotInput(model.hotRows(ids, types ?? ids.map(() => 0)));
  const out = await model.forward(ops, { tokens: ids.length, rows, mask: mask && maskInput(mask) });
  return taps.set('output', [...out.data]);
}

type Secrets = { weights: Map<string, Parts<Masked>>; rows: Parts<Masked>; mask: Parts<Masked> | undefined };

/** Model and query as the parties hold them. */
async function shareAll(
  { model, weights }: Bert,
  { ids, types, mask }: Query,
  ring: ModelRing,
  draw?: Draw,
): Promise<Secrets> {
  const held = new Map<string, Parts<Masked>>();
  for (const { name, kind, shape } of model.plan()) {
    const { data } = await weights.get(name);
    held.set(name, maskedReals(data, { ...storedRing({ name, kind }, ring), shape }, draw));
  }
  const { width, hot } = model.hotRows(ids, types ?? ids.map(() => 0));
  const rows = new Float64Array(ids.length * width);
  hot.forEach((columns, i) => {
    for (const column of columns) rows[i * width + column] = 1;
  });
  return {
    weights: held,
    rows: maskedReals(rows, { bits: ring.table.bits, shape: [ids.length, width] }, draw),
    mask: mask && maskedReals(mask, { bits: 40, shape: [1, mask.length] }, draw),
  };
}

/** The same, by the protocols. */
export async function securely(
  bert: Bert,
  query: Query,
  { ring = RING, draw, ...options }: LocalOptions & { ring?: ModelRing; draw?: Draw } = {},
): Promise<{ taps: Trace; bill: Price }> {
  const secrets = await shareAll(bert, query, ring, draw);
  const parties: Party[] = [];
  const results = await three(async (party) => {
    parties[party.role] = party;
    const own = (parts: Parts<Masked>) => fresh(parts[party.role]);
    const weights = new Map([...secrets.weights].map(([name, parts]) => [name, own(parts)]));
    const seen = new Map<string, ReturnType<typeof additive>>();
    const ops = new SecureOps(party, {
      ring,
      weights: heldWeights(weights),
      onTap: (p, name, x) => void seen.set(name, copied(additive(p, x))),
    });
    const mask = secrets.mask && own(secrets.mask);
    const out = await bert.model.forward(ops, {
      tokens: query.ids.length,
      rows: own(secrets.rows),
      ...(mask && { mask }),
    });
    return seen.set('output', additive(party, out));
  }, options);
  const value = (name: string) => {
    const parts = results.map((seen) => seen.get(name)!) as never as Parts<ReturnType<typeof additive>>;
    return open(parts).map((v) => Number(v) / 2 ** parts[1].frac);
  };
  return { taps: new Map([...results[0].keys()].map((name) => [name, value(name)])), bill: billOf(parties) };
}

/** A value that outlives the run of its layer. */
const copied = ({ shape, bits, frac, share }: Additive) => new Additive(shape, bits, frac, share?.slice());

/** A value as a run finds it: nothing derived from it yet. */
const fresh = ({ shape, bits, frac, first, second }: Masked) => new Masked(shape, bits, frac, first, second);

export function sentence(tokens: number, seed: number): number[] {
  const next = random(seed);
  return Array.from({ length: tokens }, () => Math.floor(((next() + 1) / 2) * CONFIG.vocab_size));
}
