/** Golden models with some of their weights made larger or smaller, and plans for them. */
import { join } from 'node:path';
import { projectRoot } from '../../src/files/root.ts';
import { checkpointDigest } from '../../src/loaders/digest.ts';
import { openModel } from '../../src/loaders/open-model.ts';
import { resolveModel } from '../../src/loaders/resolve.ts';
import { modelFor } from '../../src/models/index.ts';
import type { Model, PlannedTensor, ReadTensor } from '../../src/models/model.ts';
import type { Query } from '../../src/models/query.ts';
import { plannedWeights } from '../../src/models/weights.ts';
import type { Measured } from '../../src/plaintext/margins.ts';
import { boundsOf, entryBounds, measure, watchEntries } from '../../src/plaintext/ranges.ts';
import { CALIBRATION_FORMAT, type Calibration, writeCalibration } from '../../src/plans/file.ts';
import { type Planned, planRings } from '../../src/plans/plan.ts';
import { ringsFor } from '../../src/plans/rings-for.ts';
import type { ModelRing } from '../../src/rings/schema.ts';
import { kernels } from '../runtime/together.ts';

export type Scales = readonly (readonly [names: RegExp, factor: number])[];

export type Scaled = {
  model: Model;
  config: Record<string, unknown>;
  plan: PlannedTensor[];
  read: ReadTensor;
  /** Those that the model has without a plan. */
  ring: ModelRing;
};

export const golden = (name: string): string => join(projectRoot(), 'test/golden/models', name);

/** Does some work with a checkpoint in which every tensor with such a name is multiplied. */
export async function withScaled<T>(name: string, scales: Scales, work: (scaled: Scaled) => Promise<T>): Promise<T> {
  const found = await resolveModel(golden(name));
  const checkpoint = await openModel(found, kernels);
  const read: ReadTensor = async (tensor, shape) => {
    const { data } = await checkpoint.read(tensor, shape);
    const factor = scales.reduce((product, [names, factor]) => product * (names.test(tensor) ? factor : 1), 1);
    return { shape, data: data.map((x) => x * factor) };
  };
  try {
    const model = modelFor(checkpoint.config);
    const ring = await ringsFor({ model: found, program: model, checkpoint: { ...checkpoint, read } });
    const plan = model.plan(checkpoint.names);
    return await work({ model, config: checkpoint.config, plan, read, ring });
  } finally {
    await checkpoint.close();
  }
}

/** How far values go, and how large entries are. */
export async function measureAll({ model, plan, read, ring }: Scaled, queries: readonly Query[]): Promise<Measured[]> {
  const { weights, measured } = watchEntries(plannedWeights(plan, read));
  return [...(await measure({ model, ring, kernels, weights, queries })), ...measured()];
}

export type PlanFor = { ring: ModelRing; measured: readonly Measured[]; margin?: number; padded?: boolean };

export function planFor(model: Model, { ring, measured, margin = 2, padded = false }: PlanFor): Promise<Planned> {
  const bounds = async (ring: ModelRing) => [...(await boundsOf(model, ring, padded)), ...entryBounds(model, ring)];
  return planRings({ ring, tensors: model.plan(), measured, margin, bounds });
}

/** Plans the checkpoint in this folder for a text of a few ids, and writes the plan. -> the plan */
export async function writePlan(folder: string, file: string): Promise<Calibration> {
  const found = await resolveModel(folder);
  const checkpoint = await openModel(found, kernels);
  try {
    const model = modelFor(checkpoint.config);
    const plan = model.plan(checkpoint.names);
    const scaled = { model, config: checkpoint.config, plan, read: checkpoint.read, ring: found.ring };
    const ids = [7, 1, 4, 11, 12];
    const measured = await measureAll(scaled, [{ ids, types: ids.map(() => 0) }]);
    const { ring, margins } = await planFor(model, { ring: found.ring, measured });
    const price = { bytes: 1, rounds: 1, seconds: 1 };
    const calibration: Calibration = {
      ...{ format: CALIBRATION_FORMAT, created: new Date().toISOString(), model: found.name },
      ...{ digest: await checkpointDigest(folder), margin: 2, ring },
      data: { file: 'texts.txt', texts: 1, tokens: ids.length, cut: 0 },
      sites: margins.map(({ site, range, bound }) => ({ site, range, bound })),
      price: { tokens: ids.length, padded: false, default: price, plan: price },
    };
    await writeCalibration(file, calibration);
    return calibration;
  } finally {
    await checkpoint.close();
  }
}
