/** Models with the rings of their plans, for the commands that share weights, or count what they would cost. */
import { basename } from 'node:path';
import { Option } from 'commander';
import { checkpointDigest } from '../loaders/digest.ts';
import type { ResolvedModel } from '../loaders/resolve.ts';
import { type PlanUse, withPlan } from '../plans/planned-model.ts';
import type { ModelRing } from '../rings/schema.ts';
import { type ModelOptions, readModel } from './model-options.ts';
import { type Progress, progressBars } from './progress.ts';

export type PlannedOptions = ModelOptions & { calibration?: string; unsafeRanges?: boolean; json?: boolean };

export const CALIBRATION_OPTION = new Option(
  '--calibration <file>',
  'the plan that `puma calibrate` made; when left out, calibration.json beside the weights',
);

/** Of commands that share weights, or use shares. */
export const UNSAFE_RANGES_OPTION = new Option(
  '--unsafe-ranges',
  'go on although calibration.json says that the rings are too small',
);

const OR_UNSAFE = 'Or give --unsafe-ranges: answers may then be wrong.';

/** The model that somebody names, with the rings of its plan. */
export const readPlanned = async (options: PlannedOptions, signal: AbortSignal): Promise<ResolvedModel> =>
  withItsPlan(await readModel(options), options, signal);

/** The model with the rings of its plan, where there is one; those of --linear-ring are checked against it. */
export function withItsPlan(
  model: ResolvedModel,
  options: PlannedOptions,
  signal: AbortSignal,
): Promise<ResolvedModel> {
  const hint = `Leave out --linear-ring: the rings of the plan hold. ${OR_UNSAFE}`;
  return planned(model, options, signal, options.linearRing === undefined ? undefined : { ring: model.ring, hint });
}

/** Checks the rings of shares, whose owner had no plan, against one beside the weights, if there is one now. Throws E_RANGE. */
export async function checkRings(
  model: ResolvedModel,
  ring: ModelRing,
  options: PlannedOptions,
  signal: AbortSignal,
): Promise<void> {
  const hint = `Share the weights again: the rings of the plan hold. ${OR_UNSAFE}`;
  await planned(model, options, signal, { ring, hint });
}

function planned(
  model: ResolvedModel,
  { calibration, unsafeRanges: unsafe, json = false }: PlannedOptions,
  signal: AbortSignal,
  fixed: PlanUse['fixed'],
): Promise<ResolvedModel> {
  return hashing(progressBars({ json }), (onProgress) =>
    withPlan(model, { calibration, fixed, unsafe, signal, onProgress }),
  );
}

/** The digest of a checkpoint, with a bar where that takes long. */
export const digestOf = (folder: string, progress: Progress, signal: AbortSignal): Promise<string> =>
  hashing(progress, (onProgress) => checkpointDigest(folder, { signal, onProgress }));

function hashing<T>(progress: Progress, work: (onProgress: PlanUse['onProgress']) => Promise<T>): Promise<T> {
  const step = progress('Hashing weights', 1);
  return work((bytes, total) => step.to(bytes / total)).finally(() => step.end());
}

/** For reports: the file of the plan that the rings are of. */
export function planOf(calibration: ResolvedModel['calibration']): { plan?: string } {
  return calibration?.status === 'planned' ? { plan: basename(calibration.file) } : {};
}
