import { readdir } from 'node:fs/promises';
import type { Kernels } from '../kernels/index.ts';
import { type OpenModel, openModel } from '../loaders/open-model.ts';
import type { ResolvedModel } from '../loaders/resolve.ts';
import { INDEX } from '../loaders/shards.ts';
import type { Model } from '../models/model.ts';
import type { ModelRing } from '../rings/schema.ts';
import { fitRings } from './fit.ts';
import { type NormsOptions, weightNorms } from './weight-norms.ts';

export type RingsOptions = Pick<NormsOptions, 'signal' | 'onTensor'> & {
  model: Pick<ResolvedModel, 'entry' | 'ring' | 'calibration'>;
  program: Model;
  checkpoint: OpenModel;
};

/**
 * The rings of a checkpoint. One with a plan has those of the plan, or those that were checked against it; a model of the registry has those
 * that the registry gives it. Any other one has rings that its weights prove to be large enough, whatever the text: this reads all of its
 * weights once.
 */
export async function ringsFor({ model, program, checkpoint, ...options }: RingsOptions): Promise<ModelRing> {
  if (model.calibration || model.entry) return model.ring;
  const plan = program.plan(checkpoint.names);
  const { ring, unproved } = await fitRings(
    program,
    model.ring,
    await weightNorms({ plan, read: checkpoint.read, ...options }),
  );
  return { ...ring, unproved: unproved.map(({ kind, place }) => ({ kind, place })) };
}

/** The model with its fitted rings, for who counts what it would cost. One without weights on this disk is counted with the rings it has. */
export async function withFittedRings(
  model: ResolvedModel,
  program: Model,
  kernels: Kernels,
  options: Pick<RingsOptions, 'signal' | 'onTensor'> = {},
): Promise<ResolvedModel> {
  if (model.synthetic || model.entry || model.calibration || !(await hasWeights(model.folder))) return model;
  const checkpoint = await openModel(model, kernels);
  try {
    return { ...model, ring: await ringsFor({ model, program, checkpoint, ...options }) };
  } finally {
    await checkpoint.close();
  }
}

const hasWeights = async (folder: string): Promise<boolean> =>
  (await readdir(folder).catch(() => [])).some((name) => name === 'model.safetensors' || name === INDEX);
