/** Which model, and how it is read: everything that can be known before anything is shared or started. */
import { PumaError } from '../errors.ts';
import { readGeneration } from '../loaders/generation.ts';
import { openModelTokenizer, readModelConfig } from '../loaders/open-model.ts';
import { type ResolvedModel, resolveModel } from '../loaders/resolve.ts';
import { modelFor } from '../models/index.ts';
import type { Model } from '../models/model.ts';
import { withPlan } from '../plans/planned-model.ts';
import { linearRing } from '../rings/linear-ring.ts';
import type { Manifest } from '../shares/index.ts';
import { checkFit } from '../shares/share-model.ts';
import { checkVocabulary } from '../tokenizers/open.ts';
import type { Tokenizer } from '../tokenizers/tokenizer.ts';
import { checkWhole } from './check.ts';

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
  /** Instead of the ring that the registry gives the model: { bits: 40, input: 12, weight: 13 }. */
  linearRing?: LinearRing | undefined;
  /**
   * The plan of its rings that `puma calibrate` made. When left out, calibration.json beside the weights is taken if there is one. With a
   * linearRing, that ring is only checked against it.
   */
  calibration?: string | undefined;
};

/** Finds a model, with the rings of its plan. Nothing is downloaded. Throws what nameModel() throws, E_CALIBRATION, E_RANGE. */
export async function findModel(choice: ModelChoice, signal?: AbortSignal): Promise<ResolvedModel> {
  const { linearRing: ring, calibration } = choice;
  const model = await nameModel(choice);
  if (model.calibration && ring === undefined && calibration === undefined) return model; // it has been found before
  const hint = 'Leave out linearRing: the rings of the plan hold.';
  return withPlan(model, { calibration, signal, fixed: ring && { ring: model.ring, hint } });
}

/** Finds a model as the registry has it. Throws E_MODEL, E_RING, E_OPTION. */
export async function nameModel({ model, layers, linearRing: ring }: ModelChoice): Promise<ResolvedModel> {
  checkWhole('layers', layers);
  if (typeof model !== 'string' && layers !== undefined) {
    throw new PumaError(
      'E_MODEL',
      `${model.name} is found already: its layers are set`,
      'Give layers to resolveModel().',
    );
  }
  const found = typeof model === 'string' ? await resolveModel(model, { layers }) : model;
  if (ring === undefined) return found;
  return { ...found, ring: linearRing(`${ring.bits},${ring.input},${ring.weight}`, found.ring) };
}

/** What a client knows of a model. */
export type Reader = {
  name: string;
  program: Model;
  /** Missing where there is none, for the reason `noTokenizer`. */
  tokenizer?: Tokenizer;
  noTokenizer?: PumaError;
  /** Ids that end a text. */
  eos: readonly number[];
};

/** Reads a model's config.json and tokenizer. Throws E_CHECKPOINT, E_ARCHITECTURE, E_CONFIG. */
export async function readerOf(found: ResolvedModel): Promise<Reader> {
  const config = (await readModelConfig(found)) as Record<string, unknown>;
  const program = modelFor(config);
  const eos = found.folder === undefined ? [] : (await readGeneration(found.folder, config)).eosIds;
  return { name: found.name, program, eos, ...(await tokenizerOf(found, program)) };
}

async function tokenizerOf(found: ResolvedModel, program: Model): Promise<Pick<Reader, 'tokenizer' | 'noTokenizer'>> {
  if (found.synthetic) return { noTokenizer: noTokenizer(found.name, 'Give ids: synthetic models have no tokenizer.') };
  try {
    const tokenizer = await openModelTokenizer(found);
    checkVocabulary(tokenizer, program.vocabularySize, found.folder);
    return { tokenizer };
  } catch (error) {
    if (!(error instanceof PumaError)) throw error;
    return { noTokenizer: error };
  }
}

/** What the manifest of shares tells a client: the model, and a tokenizer if a model of its name is found here and fits. */
export async function readerOfShares(folder: string, manifest: Manifest): Promise<Reader> {
  const { name, config } = manifest.model;
  try {
    const reader = await readerOf(await resolveModel(name));
    checkFit(folder, manifest, reader, reader.program);
    return reader;
  } catch (error) {
    if (!(error instanceof PumaError)) throw error;
    const none = noTokenizer(name, 'Give ids; or give startParties() the model, for its tokenizer.');
    return { name, program: modelFor(config), eos: [], noTokenizer: none };
  }
}

const noTokenizer = (name: string, hint: string): PumaError =>
  new PumaError('E_TOKENIZER', `${name} is given a text, and there is no tokenizer`, hint);
