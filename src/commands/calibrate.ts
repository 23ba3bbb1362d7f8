import { availableParallelism, totalmem } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { Option } from 'commander';
import { type PlanPrice, priceOf } from '../cost/plan-price.ts';
import { PumaError } from '../errors.ts';
import { type Kernels, loadKernels } from '../kernels/index.ts';
import { type OpenModel, openModel } from '../loaders/open-model.ts';
import { cacheFolder, type ResolvedModel } from '../loaders/resolve.ts';
import { modelFor } from '../models/index.ts';
import type { Model } from '../models/model.ts';
import type { Query } from '../models/query.ts';
import { plannedWeights } from '../models/weights.ts';
import type { Measured } from '../plaintext/margins.ts';
import { measure, watchEntries } from '../plaintext/ranges.ts';
import { tapNames } from '../plaintext/taps.ts';
import { CALIBRATION_FILE, checkReplaceable, writeCalibration } from '../plans/file.ts';
import { ringsFor } from '../plans/rings-for.ts';
import { describeCalibration } from '../report/calibrate.ts';
import type { ModelRing } from '../rings/schema.ts';
import { calibrationOf, type Found, planOf, reportOf, shown } from './calibrate-report.ts';
import { readQueries, TEXT_OPTIONS, type TextOptions } from './calibrate-texts.ts';
import { MODEL_OPTIONS, type ModelOptions, readModel } from './model-options.ts';
import { digestOf } from './planned.ts';
import { type Progress, progressBars } from './progress.ts';
import { terminalStyle } from './style.ts';
import { JSON_OPTION, type Verb, wholeNumber } from './verb.ts';

type Options = ModelOptions & TextOptions & { headRoom?: number; out?: string; json?: boolean };

const HEAD_ROOM = 2;

/** `puma calibrate`: a plan of the rings, from what the owner of the model measures in the clear on texts of his. */
export const calibrate: Verb<Options> = {
  name: 'calibrate',
  summary: 'plan the rings of a model from texts of yours',
  options: [
    ...MODEL_OPTIONS.filter(({ long }) => long !== '--layers'),
    ...TEXT_OPTIONS,
    new Option(
      '--head-room <bits>',
      `margin: values may become 2^bits times as large; ${HEAD_ROOM} bits when left out`,
    ).argParser(wholeNumber),
    new Option('--out <file>', `where the plan goes; ${CALIBRATION_FILE} beside the weights when left out`),
    JSON_OPTION,
  ],
  examples: [
    'puma calibrate --model FOLDER --data texts.txt',
    'puma calibrate --model bert-tiny-sst2 --data dev.tsv --text-column sentence --limit 500 --out calibration.json',
  ],
  async run(options, { signal }) {
    const began = performance.now();
    const model = await readModel(options);
    const out = await outFile(model, options);
    const kernels = loadKernels(options.threads === undefined ? {} : { threads: options.threads });
    const checkpoint = await openModel(model, kernels);
    const progress = progressBars(options);
    try {
      const program = modelFor(checkpoint.config);
      const texts = await readQueries(model, program, options);
      const ring = await defaultRings(model, program, checkpoint, { progress, signal });
      const measured = await measureAll(program, ring, checkpoint, texts.queries, { kernels, progress, signal });
      const digest = await digestOf(model.folder!, progress, signal);
      const { headRoom: margin = HEAD_ROOM } = options;
      const found = { model, program, ring, digest, data: texts.about, measured, margin };
      const planned = await planOf(found);
      const price = await priceWith(found, planned.ring, texts.queries, { kernels, progress, signal });
      await writeCalibration(out, calibrationOf(found, planned, price));
      const report = await reportOf(found, planned, price);
      const full = { ...report, file: out, seconds: (performance.now() - began) / 1000 };
      return options.json ? JSON.stringify(full) : describeCalibration(shown(full), terminalStyle());
    } finally {
      await checkpoint.close();
    }
  },
};

type Watch = { kernels: Kernels; progress: Progress; signal: AbortSignal };

/** The rings of the model without a plan. */
async function defaultRings(
  model: ResolvedModel,
  program: Model,
  checkpoint: OpenModel,
  { progress, signal }: Omit<Watch, 'kernels'>,
): Promise<ModelRing> {
  const step = progress('Measuring weights', program.plan().length);
  const onTensor = (done: number) => step.to(done);
  return ringsFor({ model, program, checkpoint, signal, onTensor }).finally(() => step.end());
}

/** How far values go on these texts, and how large the entries of the weights are. */
async function measureAll(
  model: Model,
  ring: ModelRing,
  { names, read }: OpenModel,
  queries: readonly Query[],
  { kernels, progress, signal }: Watch,
): Promise<Measured[]> {
  const step = progress('Computing in clear', queries.length);
  const { weights, measured } = watchEntries(plannedWeights(model.plan(names), read));
  const onQuery = (done: number) => step.to(done);
  const values = await measure({ model, ring, kernels, queries, signal, weights, onQuery }).finally(() => step.end());
  return [...values, ...measured()];
}

/** The price of an answer to the longest text. */
async function priceWith(
  { program, ring, data }: Found,
  plan: ModelRing,
  queries: readonly Query[],
  { kernels, progress, signal }: Watch,
): Promise<PlanPrice> {
  const step = progress('Counting', 2 * (await tapNames(program)).length);
  let done = 0;
  return priceOf({
    ...{ model: program, rings: { default: ring, plan }, kernels, signal },
    ...{ tokens: Math.max(...queries.map(({ ids }) => ids.length)), padded: data.padTo !== undefined },
    machine: { cores: availableParallelism(), memoryBytes: totalmem() },
    onProgress: (name) => step.to(++done, name),
  }).finally(() => step.end());
}

/** Where the plan goes: beside the weights, but not into a folder that others keep. */
async function outFile({ name, folder, entry }: ResolvedModel, { out }: Options): Promise<string> {
  if (folder === undefined) {
    throw new PumaError('E_MODEL', `${name} has made-up weights, which say nothing of ranges`, 'Give a checkpoint.');
  }
  const bundled = entry !== undefined && 'bundled' in entry.source;
  const cached = !relative(cacheFolder(process.env), folder).startsWith('..');
  if (out === undefined && (bundled || cached)) {
    const message = `${folder} ${bundled ? 'is part of Puma' : 'is in the Hugging Face cache'}; nothing is written there`;
    throw new PumaError('E_CALIBRATION', message, 'Give --out FILE.');
  }
  const path = resolve(out ?? join(folder, CALIBRATION_FILE));
  await checkReplaceable(path);
  return path;
}
