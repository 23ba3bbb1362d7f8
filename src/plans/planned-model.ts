/** A model with the rings of its plan. The owner's work: parties neither have a plan nor check anything about it. */
import { join } from 'node:path';
import { call, PumaError, type Words, words } from '../errors.ts';
import { checkpointDigest, type DigestOptions } from '../loaders/digest.ts';
import { readModelConfig } from '../loaders/open-model.ts';
import type { ResolvedModel } from '../loaders/resolve.ts';
import { modelFor } from '../models/index.ts';
import { describeBroken, type Margin, marginsOf } from '../plaintext/margins.ts';
import { boundsOf } from '../plaintext/ranges.ts';
import type { ModelRing } from '../rings/schema.ts';
import { CALIBRATION_FILE, type Calibration, exists, readCalibration } from './file.ts';

export type PlanUse = DigestOptions & {
  /** The file; when left out, calibration.json beside the weights, if there is one. */
  calibration?: string | undefined;
  /** Rings that are decided already: they are only checked. `hint` says what to do where they are too small. */
  fixed?: { ring: ModelRing; hint: string | Words } | undefined;
  /** Go on when a bound is broken. */
  unsafe?: boolean | undefined;
};

/**
 * The model with the rings of its plan, where there is one, and a note of it. Throws E_RANGE, naming the place, when values went further on
 * the plan's texts than the rings hold; E_CALIBRATION when the plan cannot be used.
 */
export async function withPlan(model: ResolvedModel, options: PlanUse): Promise<ResolvedModel> {
  const file = await planFile(model, options.calibration);
  if (file === undefined) return model;
  const plan = await readCalibration(file);
  await checkDigest(file, plan, model.folder!, options);
  const { fixed, unsafe = false } = options;
  const ring = fixed?.ring ?? plan.ring;
  const broken = (await margins(file, plan, model, ring)).filter(({ holds }) => !holds);
  if (broken.length > 0 && !unsafe) throw tooSmall(file, broken, fixed?.hint ?? AGAIN);
  const status = broken.length > 0 ? 'overridden' : fixed ? 'checked' : 'planned';
  return { ...model, ring, calibration: { file, status } };
}

async function planFile({ name, folder }: ResolvedModel, given: string | undefined): Promise<string | undefined> {
  if (folder === undefined) {
    if (given === undefined) return undefined;
    throw new PumaError('E_CALIBRATION', `${name} has made-up weights: no plan is for them`, 'Leave out the plan.');
  }
  const beside = join(folder, CALIBRATION_FILE);
  return given ?? ((await exists(beside)) ? beside : undefined);
}

async function checkDigest(
  file: string,
  { digest, model }: Calibration,
  folder: string,
  options: DigestOptions,
): Promise<void> {
  const found = await checkpointDigest(folder, options);
  if (found === digest) return;
  const short = (sum: string) => sum.slice(0, 12);
  const message = `${file} is the plan of another checkpoint: of ${model} with digest ${short(digest)}; ${folder} has ${short(found)}`;
  throw new PumaError('E_CALIBRATION', message, words`Make a plan of this checkpoint with ${call('calibrate')}.`);
}

/** Every place that the rings bind must have been measured. */
async function margins(file: string, plan: Calibration, model: ResolvedModel, ring: ModelRing): Promise<Margin[]> {
  const program = modelFor(await readModelConfig(model));
  const bounds = await boundsOf(program, ring, plan.data.padTo !== undefined);
  const known = new Set(plan.sites.map(({ site }) => site));
  const missing = bounds.find(({ site }) => !known.has(site));
  if (!missing) return marginsOf(plan.sites, bounds);
  const message = `${file} says nothing of ${missing.site}`;
  throw new PumaError('E_CALIBRATION', message, words`Make it again with this version: ${call('calibrate')}.`);
}

const AGAIN = words`Make it again with ${call('calibrate')}.`;

function tooSmall(file: string, broken: readonly Margin[], hint: string | Words): PumaError {
  const more = broken.length > 1 ? `, and ${broken.length - 1} more` : '';
  return new PumaError('E_RANGE', `${file}: ${describeBroken(broken[0]!)}${more}`, hint);
}
