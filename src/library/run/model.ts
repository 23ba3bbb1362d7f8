/** Which model: as the registry has it, or with the rings of its plan. */
import { basename } from 'node:path';
import { option, PumaError, type Words, words } from '../../errors.ts';
import { readModelConfig } from '../../loaders/open-model.ts';
import { type ResolvedModel, resolveModel } from '../../loaders/resolve.ts';
import { modelFor } from '../../models/index.ts';
import { withPlan } from '../../plans/planned-model.ts';
import { linearRing } from '../../rings/linear-ring.ts';
import type { ModelRing } from '../../rings/schema.ts';
import { anything, type Fields, flag, text, whole } from '../fields.ts';
import { type OnProgress, stepOf } from '../progress.ts';

/** Ring of linear layers (docs/protocols.md): values in Z_2^bits, inputs and weights with so many fractional bits. */
export type LinearRing = { bits: number; input: number; weight: number };

export type ModelChoice = {
  /**
   * A name that `puma models` lists, the folder of a Hugging Face checkpoint, an id in its local cache, or synthetic:NAME; or what
   * resolveModel() gave for one of them.
   */
  model: string | ResolvedModel;
  /** Of a synthetic model: so many layers instead of those it has. */
  layers?: number | undefined;
  /** Instead of the ring that the registry gives the model: { bits: 40, input: 12, weight: 13 }, or '40,12,13'. */
  linearRing?: LinearRing | string | undefined;
  /**
   * The plan of its rings that calibrate() made. When left out, calibration.json beside the weights is taken if there is one. With a
   * linearRing, that ring is only checked against it.
   */
  calibration?: string | undefined;
  /** Go on although the plan says that the rings are too small: answers may then be wrong. */
  unsafeRanges?: boolean | undefined;
};

export const MODEL_FIELDS: Fields<ModelChoice> = {
  model: anything,
  layers: whole(),
  linearRing: anything,
  calibration: text,
  unsafeRanges: flag,
};

/** How long work is followed, and what ends it. */
export type Watch = { signal?: AbortSignal | undefined; onProgress?: OnProgress };

/** Finds a model as the registry has it. Nothing is downloaded. Throws E_MODEL, E_RING. */
export async function nameModel({
  model,
  layers,
  linearRing: ring,
}: Omit<ModelChoice, 'calibration'>): Promise<ResolvedModel> {
  if (typeof model !== 'string' && (typeof model !== 'object' || model === null || !('ring' in model))) {
    throw new PumaError('E_OPTION', `model is ${String(model)}`, 'Give a name, a folder, or what resolveModel() gave.');
  }
  if (typeof model !== 'string' && layers !== undefined) {
    const message = `${model.name} is found already: its layers are set`;
    throw new PumaError('E_MODEL', message, 'Give layers to resolveModel().');
  }
  const found = typeof model === 'string' ? await resolveModel(model, { layers }) : model;
  if (ring === undefined) return found;
  const written =
    typeof ring === 'object' && ring !== null ? `${ring.bits},${ring.input},${ring.weight}` : String(ring);
  return { ...found, ring: linearRing(written, found.ring) };
}

const OR_UNSAFE = words`Or give ${option('unsafeRanges')}: answers may then be wrong.`;

/** The model with the rings of its plan, where there is one; a linearRing is checked against it. Throws E_CALIBRATION, E_RANGE. */
export async function planModel(
  model: ResolvedModel,
  choice: Omit<ModelChoice, 'model'>,
  watch: Watch,
): Promise<ResolvedModel> {
  const { linearRing: ring, calibration } = choice;
  if (model.calibration && ring === undefined && calibration === undefined) return model; // it has been found before
  const hint = words`Leave out ${option('linearRing')}: the rings of the plan hold. `;
  return planned(model, choice, watch, ring === undefined ? undefined : { ring: model.ring, hint });
}

/** Checks the rings of shares, whose owner had no plan, against one beside the weights, if there is one now. Throws E_RANGE. */
export async function checkRings(
  model: ResolvedModel,
  ring: ModelRing,
  choice: { unsafeRanges?: boolean | undefined },
  watch: Watch,
): Promise<void> {
  await planned(model, choice, watch, { ring, hint: words`Share the weights again: the rings of the plan hold. ` });
}

async function planned(
  model: ResolvedModel,
  { calibration, unsafeRanges: unsafe }: Omit<ModelChoice, 'model'>,
  { signal, onProgress }: Watch,
  rings: { ring: ModelRing; hint: Words } | undefined,
): Promise<ResolvedModel> {
  const fixed = rings && { ring: rings.ring, hint: [...rings.hint, ...OR_UNSAFE] };
  let step: ReturnType<typeof stepOf> | undefined;
  const hashed = (bytes: number, total: number) => (step ??= stepOf(onProgress, 'hash', total)).to(bytes);
  return withPlan(model, { calibration, fixed, unsafe, signal, onProgress: hashed }).finally(() => step?.end());
}

/** Finds a model, with the rings of its plan. Throws what nameModel() and planModel() throw. */
export const findModel = async (choice: ModelChoice, watch: Watch = {}): Promise<ResolvedModel> =>
  planModel(await nameModel(choice), choice, watch);

/** What config.json says that is not used, a line for each. Throws E_ARCHITECTURE, E_CONFIG. */
export const configWarnings = async (model: ResolvedModel): Promise<readonly string[]> =>
  modelFor(await readModelConfig(model)).warnings;

/** For reports: the file of the plan that the rings are of. */
export const planOf = (calibration: ResolvedModel['calibration']): { plan?: string } =>
  calibration?.status === 'planned' ? { plan: basename(calibration.file) } : {};
