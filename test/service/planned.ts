/** Golden models with some of their weights made larger or smaller, and plans for them. */
import { join } from 'node:path';
import { openModel } from '../../src/loaders/open-model.ts';
import { projectRoot } from '../../src/loaders/registry.ts';
import { type ResolvedModel, resolveModel } from '../../src/loaders/resolve.ts';
import type { Ring } from '../../src/loaders/rings.ts';
import { modelFor } from '../../src/models/index.ts';
import type { Model, ReadTensor } from '../../src/models/model.ts';
import { plannedWeights } from '../../src/models/weights.ts';
import type { PlainWeights } from '../../src/ops/plain.ts';
import type { Query } from '../../src/service/client.ts';
import { type Planned, planRings } from '../../src/service/plan.ts';
import { boundsOf, entryBounds, type Measured, measure, watchEntries } from '../../src/service/ranges.ts';
import { kernels } from './together.ts';

export type Scaled = { model: Model; found: ResolvedModel; config: Record<string, unknown>; read: ReadTensor };

export const golden = (name: string): string => join(projectRoot(), 'test/golden/models', name);

/** Does some work with a checkpoint in which every tensor with such a name is multiplied. */
export async function withScaled<T>(
  name: string,
  scales: readonly (readonly [names: RegExp, factor: number])[],
  work: (scaled: Scaled) => Promise<T>,
): Promise<T> {
  const found = await resolveModel(name);
  const checkpoint = await openModel(found, kernels);
  const read: ReadTensor = async (tensor, shape) => {
    const { data } = await checkpoint.read(tensor, shape);
    const factor = scales.reduce((product, [names, factor]) => product * (names.test(tensor) ? factor : 1), 1);
    return { shape, data: data.map((x) => x * factor) };
  };
  try {
    return await work({ model: modelFor(checkpoint.config), found, config: checkpoint.config, read });
  } finally {
    await checkpoint.close();
  }
}

export const weightsOf = ({ model, read }: Scaled): PlainWeights => plannedWeights(model.plan(), read);

export async function measureAll(scaled: Scaled, queries: readonly Query[]): Promise<Measured[]> {
  const { model, found } = scaled;
  const { weights, measured } = watchEntries(weightsOf(scaled));
  const values = await measure({ model, ring: found.ring, kernels, weights, queries });
  return [...values, ...measured()];
}

export function planFor(model: Model, ring: Ring, measured: readonly Measured[], margin = 2, padded = false): Promise<Planned> {
  const bounds = async (ring: Ring) => [...(await boundsOf(model, ring, padded)), ...entryBounds(model, ring)];
  return planRings({ ring, tensors: model.plan(), measured, margin, bounds });
}
