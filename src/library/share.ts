import { type Kernels, loadKernels } from '../kernels/index.ts';
import type { Manifest, ShareProgress } from '../shares/index.ts';
import { shareWeights as share } from '../shares/share-model.ts';
import { findModel, type ModelChoice } from './model.ts';

export type ShareWeightsOptions = ModelChoice & {
  /** The folder to make, with party0, party1 and party2 in it. */
  out: string;
  /** The most that clients may be shown of a model that generates: the next token (the default), or all logits. */
  reveal?: 'token' | 'logits' | undefined;
  /** Replace shares that are there. */
  force?: boolean | undefined;
  kernels?: Kernels | undefined;
  signal?: AbortSignal | undefined;
  /** Told how many bytes of how many are written. */
  onProgress?(progress: ShareProgress): void;
};

/**
 * Shares a model's weights among three folders, each to be carried to its party's host: `out`/party0, party1 and party2. Memory stays
 * bounded by the largest tensor. What is not finished, or aborted, leaves nothing behind.
 *
 *     await shareWeights({ model: 'llama-tiny-shakespeare', out: 'shares' });
 *
 * @returns the manifest: names, shapes and rings of all tensors; it is public, and the same in all three folders
 * @throws PumaError E_MODEL (no such model), E_EXISTS (there is something at `out`), E_WEIGHTS, E_CHECKPOINT, E_CONFIG,
 *   E_ARCHITECTURE, E_RING, E_CALIBRATION and E_RANGE (its plan cannot be used), E_DISK and others of reading and writing; the signal's reason
 */
export async function shareWeights(options: ShareWeightsOptions): Promise<Manifest> {
  const { out, reveal, force, kernels = loadKernels(), signal, onProgress } = options;
  const model = await findModel(options, signal);
  signal?.throwIfAborted();
  return share({
    ...{ model, out, kernels },
    ...(reveal ? { reveal } : {}),
    ...(force ? { force } : {}),
    ...(signal ? { signal } : {}),
    ...(onProgress ? { onProgress } : {}),
  });
}
