import type { Kernels } from '../kernels/index.ts';
import { openCheckpoint } from '../loaders/checkpoint.ts';
import type { ResolvedModel } from '../loaders/resolve.ts';
import { type Manifest, type ShareProgress, writeShares } from '../loaders/shares.ts';
import { modelFor } from '../models/index.ts';

export type ShareWeightsOptions = {
  model: ResolvedModel;
  /** The folder to make. */
  out: string;
  force?: boolean;
  kernels: Kernels;
  signal?: AbortSignal;
  onProgress?(progress: ShareProgress): void;
};

/** Shares a checkpoint among three folders. */
export async function shareWeights({
  model,
  out,
  force,
  kernels,
  signal,
  onProgress,
}: ShareWeightsOptions): Promise<Manifest> {
  const checkpoint = await openCheckpoint(model.folder, kernels);
  try {
    const program = modelFor(checkpoint.config);
    return await writeShares({
      plan: program.plan(checkpoint.names),
      read: checkpoint.read,
      model: { name: model.name, architecture: program.architecture, config: checkpoint.config },
      ring: model.ring,
      out,
      kernels,
      ...(force ? { force } : {}),
      ...(signal ? { signal } : {}),
      ...(onProgress ? { onProgress } : {}),
    });
  } finally {
    await checkpoint.close();
  }
}
