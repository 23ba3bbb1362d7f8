import { availableParallelism, totalmem } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { type PlanPrice, priceOf } from '../cost/plan-price.ts';
import { option, PumaError, words } from '../errors.ts';
import { type Kernels, loadKernels } from '../kernels/index.ts';
import { checkpointDigest } from '../loaders/digest.ts';
import { type OpenModel, openModel } from '../loaders/open-model.ts';
import { cacheFolder, type ResolvedModel } from '../loaders/resolve.ts';
import type { Query } from '../models/query.ts';
import { plannedWeights } from '../models/weights.ts';
import type { Measured } from '../plaintext/margins.ts';
import { measure, watchEntries } from '../plaintext/ranges.ts';
import { tapNames } from '../plaintext/taps.ts';
import { CALIBRATION_FILE, checkReplaceable, writeCalibration } from '../plans/file.ts';
import { ringsFor } from '../plans/rings-for.ts';
import type { ModelRing } from '../rings/schema.ts';
import { type CalibrationReport, calibrationOf, type Found, planOf, reportOf } from './calibrate/report.ts';
import { readQueries, type TextOptions } from './calibrate/texts.ts';
import { DATA_FIELDS } from './evaluate/options.ts';
import { checkOptions, type Fields, text, whole } from './fields.ts';
import { during } from './progress.ts';
import { MODEL_FIELDS, type ModelChoice, nameModel } from './run/model.ts';
import { RUN_FIELDS, type RunOptions } from './run/options.ts';
import { type Reader, readerOf, warningsOf } from './run/reader.ts';

export type CalibrateOptions = Pick<ModelChoice, 'model' | 'linearRing'> &
  Pick<RunOptions, 'kernels' | 'signal' | 'onProgress'> &
  TextOptions & {
    /** Margin in bits: values may become 2^headRoom times as large; 2 when left out. */
    headRoom?: number | undefined;
    /** Where the plan goes: calibration.json beside the weights when left out. */
    out?: string | undefined;
  };

export const HEAD_ROOM = 2;

const { model, linearRing } = MODEL_FIELDS;
const { kernels, signal, onProgress } = RUN_FIELDS;
const { textColumn, pairColumn } = DATA_FIELDS;

export { CALIBRATION_FILE };

export const FIELDS: Fields<CalibrateOptions> = {
  ...{ model, linearRing, kernels, signal, onProgress, textColumn, pairColumn },
  ...{ data: text, limit: whole(), seed: whole(0), window: whole(), padTo: whole(), headRoom: whole(), out: text },
};

/**
 * Plans the rings of a model from what its owner measures in the clear on texts of theirs, and writes the plan. Parties never see it, but for
 * its rings.
 *
 *     const { price } = await calibrate({ model: 'checkpoint', data: 'texts.txt' });
 *
 * @throws PumaError E_RANGE (no rings within 64 bits hold the values: nothing is written), E_CALIBRATION and E_EXISTS (the plan cannot go
 *   there), E_DATA, E_LENGTH, E_TOKENIZER, E_OPTION, and others of reading a checkpoint; the signal's reason
 */
export async function calibrate(options: CalibrateOptions): Promise<CalibrationReport> {
  checkOptions(FIELDS, options);
  const began = performance.now();
  const model = await nameModel(options);
  const out = await outFile(model, options);
  const { kernels = loadKernels(), headRoom: margin = HEAD_ROOM, signal, onProgress } = options;
  const watch = { kernels, signal, onProgress };
  const reader = await readerOf(model);
  const texts = await readQueries(reader, options);
  const checkpoint = await openModel(model, kernels);
  try {
    const { program } = reader;
    const ring = await defaultRings(model, reader, checkpoint, watch);
    const measured = await measureAll(reader, ring, checkpoint, texts.queries, watch);
    const digest = await digestOf(model.folder!, watch);
    const found: Found = { model, program, ring, digest, data: texts.about, measured, margin };
    const planned = await planOf(found);
    const price = await priceWith(found, planned.ring, texts.queries, watch);
    await writeCalibration(out, calibrationOf(found, planned, price));
    const report = await reportOf(found, planned, price);
    return { ...report, file: out, seconds: (performance.now() - began) / 1000, ...warningsOf(program) };
  } finally {
    await checkpoint.close();
  }
}

type Watch = { kernels: Kernels } & Pick<RunOptions, 'signal' | 'onProgress'>;

/** The rings of the model without a plan. */
async function defaultRings(
  model: ResolvedModel,
  { program }: Reader,
  checkpoint: OpenModel,
  { onProgress, signal }: Watch,
): Promise<ModelRing> {
  return during(onProgress, 'measure', program.plan().length, (onTensor) =>
    ringsFor({ model, program, checkpoint, signal, onTensor }),
  );
}

/** How far values go on these texts, and how large the entries of the weights are. */
async function measureAll(
  { program: model }: Reader,
  ring: ModelRing,
  { names, read }: OpenModel,
  queries: readonly Query[],
  { kernels, onProgress, signal }: Watch,
): Promise<Measured[]> {
  const { weights, measured } = watchEntries(plannedWeights(model.plan(names), read));
  const values = await during(onProgress, 'clear', queries.length, (onQuery) =>
    measure({ model, ring, kernels, queries, signal, weights, onQuery }),
  );
  return [...values, ...measured()];
}

async function digestOf(folder: string, { onProgress, signal }: Watch): Promise<string> {
  return during(onProgress, 'hash', 1, (to) =>
    checkpointDigest(folder, { signal, onProgress: (bytes, total) => to(bytes / total) }),
  );
}

/** The price of an answer to the longest text. */
async function priceWith(
  { program, ring, data }: Found,
  plan: ModelRing,
  queries: readonly Query[],
  { kernels, onProgress, signal }: Watch,
): Promise<PlanPrice> {
  const values = 2 * (await tapNames(program)).length;
  return during(onProgress, 'count', values, (to) => {
    let done = 0;
    return priceOf({
      ...{ model: program, rings: { default: ring, plan }, kernels, signal },
      ...{ tokens: Math.max(...queries.map(({ ids }) => ids.length)), padded: data.padTo !== undefined },
      machine: { cores: availableParallelism(), memoryBytes: totalmem() },
      onProgress: (name) => to(++done, name),
    });
  });
}

/** Where the plan goes: beside the weights, but not into a folder that others keep. */
async function outFile({ name, folder, entry }: ResolvedModel, { out }: CalibrateOptions): Promise<string> {
  if (folder === undefined) {
    throw new PumaError('E_MODEL', `${name} has made-up weights, which say nothing of ranges`, 'Give a checkpoint.');
  }
  const bundled = entry !== undefined && 'bundled' in entry.source;
  const cached = !relative(cacheFolder(process.env), folder).startsWith('..');
  if (out === undefined && (bundled || cached)) {
    const message = `${folder} ${bundled ? 'is part of Puma' : 'is in the Hugging Face cache'}; nothing is written there`;
    throw new PumaError('E_CALIBRATION', message, words`Give ${option('out', 'FILE')}.`);
  }
  const path = resolve(out ?? join(folder, CALIBRATION_FILE));
  await checkReplaceable(path);
  return path;
}
