import { join } from 'node:path';
import { call, PumaError, words } from '../errors.ts';
import { isFolder } from '../files/there.ts';
import type { Kernels } from '../kernels/index.ts';
import { openModel } from '../loaders/open-model.ts';
import type { ResolvedModel } from '../loaders/resolve.ts';
import { modelFor } from '../models/index.ts';
import type { Model } from '../models/model.ts';
import { unneededTensors } from '../models/plan/unneeded.ts';
import { ringsFor } from '../plans/rings-for.ts';
import { type Manifest, partyFolder, type ShareProgress, writeShares } from './index.ts';
import { readManifest } from './manifest.ts';

export type ShareWeightsOptions = {
  /** With the rings of its plan, where there is one (planned-model.ts). */
  model: ResolvedModel;
  /** The folder to make. */
  out: string;
  force?: boolean;
  /** The most that a client may be shown of a model that generates: the next token unless told otherwise. */
  reveal?: Manifest['reveal'];
  kernels: Kernels;
  signal?: AbortSignal;
  onProgress?(progress: ShareProgress): void;
  /** Told of tensors of the checkpoint that the model does not have. */
  onWarning?(warning: string): void;
  /** Told how many tensors of a checkpoint have been measured, before it is shared (rings-for.ts). */
  onNorms?(done: number): void;
};

/** Shares a checkpoint among three folders. */
export async function shareWeights(options: ShareWeightsOptions): Promise<Manifest> {
  const { model, out, force, reveal, kernels, signal, onProgress, onWarning, onNorms } = options;
  const checkpoint = await openModel(model, kernels);
  try {
    const { config } = checkpoint;
    const program = modelFor(config);
    for (const line of checkpoint.names ? unneededTensors(program, checkpoint.names) : []) onWarning?.(line);
    const ring = await ringsFor({ model, program, checkpoint, signal, onTensor: onNorms });
    return await writeShares({
      plan: program.plan(checkpoint.names),
      read: checkpoint.read,
      model: { name: model.name, architecture: program.architecture, config },
      ring,
      calibration: model.calibration?.status ?? 'absent',
      out,
      kernels,
      ...(force ? { force } : {}),
      ...(reveal ? { reveal } : {}),
      ...(signal ? { signal } : {}),
      ...(onProgress ? { onProgress } : {}),
    });
  } finally {
    await checkpoint.close();
  }
}

/** What the folder with all three shares says it holds. Whether the shares are sound is for the parties to check. */
export async function readShares(folder: string): Promise<Manifest> {
  for (const path of [folder, ...([0, 1, 2] as const).map((role) => join(folder, partyFolder(role)))]) {
    if (await isFolder(path)) continue;
    const hint =
      path === folder
        ? words`Make one: ${call('shareWeights', { model: 'NAME', out: folder })}`
        : 'Name the folder that share-weights made, with all three parties in it.';
    throw new PumaError('E_SHARES', `${path} is no folder of shares`, hint);
  }
  return readManifest(join(folder, partyFolder(1), 'manifest.json'));
}

/** Refuses shares of another model than the caller names: one of other shapes or labels. */
export function checkFit(
  folder: string,
  { model: shared }: Manifest,
  model: Pick<ResolvedModel, 'name'>,
  program: Model,
): void {
  if (shapeOf(modelFor(shared.config)) === shapeOf(program)) return;
  const what = shared.name === model.name ? 'another version' : `${shared.name} (${shared.architecture})`;
  throw new PumaError(
    'E_SHARES',
    `${folder} holds shares of ${what}, not of ${model.name} (${program.architecture})`,
    'Name the model that was shared, or share this one.',
  );
}

/** Of two models with the same one, shares and client fit. */
function shapeOf(model: Model): string {
  const { architecture, head, labels, maxTokens, rowWidth } = model;
  const tensors = model.plan().map(({ name, kind, shape }) => [name, kind, shape]);
  return JSON.stringify({ architecture, task: head.name, labels, maxTokens, rowWidth, tensors });
}
