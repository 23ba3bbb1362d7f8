import { loadKernels } from '../kernels/index.ts';
import { readModelConfig } from '../loaders/open-model.ts';
import type { ResolvedModel } from '../loaders/resolve.ts';
import { modelFor } from '../models/index.ts';
import { type Manifest, unusableRows } from '../shares/index.ts';
import { shareWeights as share } from '../shares/share-model.ts';
import { callback, checkOptions, choice, type Fields, flag, object, signal, text } from './fields.ts';
import { configWarnings, findModel, MODEL_FIELDS, type ModelChoice } from './run/model.ts';
import type { RunOptions } from './run/options.ts';
import { checkApply } from './run/task.ts';

export type ShareWeightsOptions = ModelChoice & {
  /** The folder to make, with party0, party1 and party2 in it. */
  out: string;
  /** The most that clients may be shown of a model that generates: the next token (the default), or all logits. */
  reveal?: 'token' | 'logits' | undefined;
  /** Replace shares that are there. */
  force?: boolean | undefined;
  /** Told what the files of the checkpoint say or hold that is not used, a line each. */
  onWarning?: ((warning: string) => void) | undefined;
} & Pick<RunOptions, 'kernels' | 'signal' | 'onProgress'>;

export const SHARE_FIELDS: Fields<ShareWeightsOptions> = {
  ...MODEL_FIELDS,
  ...{ out: text, reveal: choice('token', 'logits'), force: flag, onWarning: callback },
  ...{ kernels: object('what loadKernels() gave', 'matmul'), signal, onProgress: callback },
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
  checkOptions(SHARE_FIELDS, options);
  const { out, reveal = 'token', force = false, kernels = loadKernels(), signal, onProgress, onWarning } = options;
  const model = await findModel(options, options);
  for (const line of await configWarnings(model)) onWarning?.(line);
  await checkReveal(model, options.reveal);
  signal?.throwIfAborted();
  const manifest = await shareModel({ model, out, reveal, force, kernels, signal, onProgress, onWarning });
  for (const line of unusableRows(manifest)) onWarning?.(line);
  return manifest;
}

/** What clients may see is a choice of models that generate. Throws E_OPTION. */
export async function checkReveal(model: ResolvedModel, reveal: ShareWeightsOptions['reveal']): Promise<void> {
  if (reveal === undefined) return;
  checkApply(
    { name: model.name, program: modelFor(await readModelConfig(model)) },
    { generating: { reveal }, of: 'shareWeights' },
  );
}

type ShareOptions = Omit<Parameters<typeof share>[0], 'onProgress' | 'onWarning' | 'onNorms'> &
  Pick<RunOptions, 'onProgress'> &
  Pick<ShareWeightsOptions, 'onWarning'>;

/** Shares the weights of a model, and tells how far it is: tensors that are measured, then bytes that are written. */
export async function shareModel({ onProgress, onWarning, ...options }: ShareOptions): Promise<Manifest> {
  let total = 0;
  const tell = (at: { bytes: number; totalBytes: number }) => {
    total = at.totalBytes;
    onProgress?.({ what: 'share', done: at.bytes, total });
  };
  return share({ ...options, ...(onWarning ? { onWarning } : {}), onProgress: tell }).finally(() =>
    onProgress?.({ what: 'share', done: total, total }),
  );
}
