/** What `infer` and `compare-plaintext` are given, and everything about it that can be checked before anything is started. */
import { Option } from 'commander';
import { PumaError } from '../errors.ts';
import { type Kernels, loadKernels } from '../kernels/index.ts';
import { openModelTokenizer, readModelConfig } from '../loaders/open-model.ts';
import { type ResolvedModel, resolveModel } from '../loaders/resolve.ts';
import { linearRing } from '../loaders/rings.ts';
import type { Manifest } from '../loaders/shares.ts';
import { checkVocabulary, type Tokenizer } from '../loaders/tokenizer.ts';
import { modelFor } from '../models/index.ts';
import type { Model } from '../models/model.ts';
import { checkCalibration } from '../service/calibration-check.ts';
import type { CheckChoice } from '../service/checked.ts';
import type { Query } from '../service/client.ts';
import { checkFit, readShares } from '../service/shares.ts';
import { queryFor, readTexts, type Text } from '../service/texts.ts';
import { NETWORK_OPTION, type NetworkOptions } from './network.ts';
import { each, JSON_OPTION, wholeNumber } from './verb.ts';

export type ModelOptions = {
  model: string;
  layers?: number;
  linearRing?: string;
  threads?: number;
};

export type RunOptions = ModelOptions &
  NetworkOptions & {
    shares?: string;
    text?: string[];
    prompt?: string[];
    textPair?: string[];
    file?: string;
    inputIds?: string[];
    padTo?: number;
    unsafeRanges?: boolean;
    json?: boolean;
  } & CheckChoice;

const THREADS = new Option('--threads <n>', 'threads of the kernels, for each party').argParser(wholeNumber);

/** Of commands that share weights, or use shares. */
export const UNSAFE_RANGES_OPTION = new Option(
  '--unsafe-ranges',
  'go on although calibration.json says that the rings are too small',
);

/** Of every command that takes a model. */
export const MODEL_OPTIONS = [
  new Option(
    '--model <name|folder>',
    'a name that `puma models` lists, a Hugging Face checkpoint, or synthetic:NAME',
  ).makeOptionMandatory(),
  new Option('--layers <n>', 'of a synthetic model: so many layers').argParser(wholeNumber),
  new Option('--linear-ring <bits,input,weight>', 'ring and fractional bits of linear layers, such as 40,12,13'),
  THREADS,
];

/** Of commands that answer. */
export const CHECK_OPTIONS = [
  new Option('--check-ranges', 'check on shares that values stay within their rings; the client alone is told'),
  new Option('--no-check-ranges', 'do not check; otherwise it is done where the weights prove too little'),
  new Option('--allow-overflow', 'show an answer although values left their range'),
];

export const RUN_OPTIONS = [
  ...MODEL_OPTIONS.slice(0, -1),
  new Option('--shares <folder>', 'use the shares that `puma share-weights` made; without it, share first'),
  new Option('--text <text>', 'a text; give the option again for more').argParser(each),
  new Option('--prompt <text>', 'the same, for a model that generates').argParser(each),
  new Option('--text-pair <text>', 'the second text of a pair').argParser(each),
  new Option('--file <lines.txt>', 'a file with one text a line'),
  new Option('--input-ids <ids>', 'token ids instead of a text: 5,17,2').argParser(each),
  new Option('--pad-to <n>', 'hide the length: the parties see n tokens').argParser(wholeNumber),
  UNSAFE_RANGES_OPTION,
  ...CHECK_OPTIONS,
  NETWORK_OPTION,
  THREADS,
  JSON_OPTION,
];

export type Inputs = NetworkOptions & {
  model: ResolvedModel;
  program: Model;
  /** config.json as it is. */
  config: Record<string, unknown>;
  kernels: Kernels;
  /** Missing when nothing needs one. */
  tokenizer?: Tokenizer;
  texts: readonly Text[];
  queries: readonly Query[];
  /** Shares that are there already. */
  shared?: { folder: string; manifest: Manifest };
  unsafeRanges?: boolean;
} & CheckChoice;

/** The model that somebody names, with the rings they want. */
export async function readModel({ model: name, layers, linearRing: ring }: ModelOptions): Promise<ResolvedModel> {
  const model = await resolveModel(name, { layers });
  return ring === undefined ? model : { ...model, ring: linearRing(ring, model.ring) };
}

/** Reads and checks everything the caller named, or else these texts; nothing is made yet. */
export async function readInputs(options: RunOptions, signal: AbortSignal, given?: readonly Text[]): Promise<Inputs> {
  const { shares: folder, text = [], prompt = [], padTo, unsafeRanges = false, threads, network } = options;
  const kernels = loadKernels(threads === undefined ? {} : { threads });
  const texts = given ?? (await readTexts({ ...options, text: [...text, ...prompt] }));
  const model = await readModel(options);
  const config = (await readModelConfig(model)) as Record<string, unknown>;
  const program = modelFor(config); // refuses what is no object
  const shared = folder === undefined ? undefined : { folder, manifest: await readShares(folder) };
  if (shared) checkShares(shared, options, model, program);
  const unsafe = unsafeRanges || shared?.manifest.calibration === 'overridden'; // by the owner, who shared them
  await checkCalibration({ model, program, config, ring: shared?.manifest.ring ?? model.ring, unsafe });
  const tokenizer = await tokenizerFor(model, program, texts);
  const queries: Query[] = [];
  for (const text of texts) {
    if (queries.length % 100 === 0) await new Promise(setImmediate); // lets Ctrl-C through
    signal.throwIfAborted();
    queries.push(queryFor(program, tokenizer, text, padTo));
  }
  const known = { ...(shared ? { shared } : {}), ...(tokenizer ? { tokenizer } : {}), ...(network ? { network } : {}) };
  const { checkRanges, allowOverflow } = options;
  return { model, program, config, kernels, texts, queries, unsafeRanges, checkRanges, allowOverflow, ...known };
}

function checkShares(
  { folder, manifest }: { folder: string; manifest: Manifest },
  { linearRing: ring }: ModelOptions,
  model: ResolvedModel,
  program: Model,
): void {
  checkFit(folder, manifest, model, program);
  if (ring === undefined) return;
  const hint = 'Leave out --linear-ring, or share the weights again with it.';
  throw new PumaError('E_RING', `${folder} holds shares in rings of their own`, hint);
}

/** Token ids need none; if there is one all the same, the answer can be read. */
async function tokenizerFor(
  model: ResolvedModel,
  program: Model,
  texts: readonly Text[],
): Promise<Tokenizer | undefined> {
  const needed = texts.some(({ ids }) => !ids);
  try {
    const tokenizer = await openModelTokenizer(model);
    checkVocabulary(tokenizer, program.vocabularySize, model.folder ?? model.name);
    return tokenizer;
  } catch (error) {
    if (needed || !(error instanceof PumaError)) throw error;
    return undefined;
  }
}
