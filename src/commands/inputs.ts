/** What `infer` and `compare-plaintext` are given, and everything about it that can be checked before anything is started. */
import { Option } from 'commander';
import { queryFor, readTexts, type Text } from '../datasets/texts.ts';
import { PumaError } from '../errors.ts';
import { type Kernels, loadKernels } from '../kernels/index.ts';
import { openModelTokenizer, readModelConfig } from '../loaders/open-model.ts';
import type { ResolvedModel } from '../loaders/resolve.ts';
import { modelFor } from '../models/index.ts';
import type { Model } from '../models/model.ts';
import type { Query } from '../models/query.ts';
import type { CheckChoice } from '../runtime/checked.ts';
import type { Manifest } from '../shares/index.ts';
import { checkFit, readShares } from '../shares/share-model.ts';
import { checkVocabulary } from '../tokenizers/open.ts';
import type { Tokenizer } from '../tokenizers/tokenizer.ts';
import { MODEL_OPTIONS, readModel, THREADS_OPTION } from './model-options.ts';
import { NETWORK_OPTION, type NetworkOptions } from './network.ts';
import { CALIBRATION_OPTION, checkRings, type PlannedOptions, UNSAFE_RANGES_OPTION, withItsPlan } from './planned.ts';
import { each, JSON_OPTION, wholeNumber } from './verb.ts';

export type RunOptions = PlannedOptions &
  NetworkOptions & {
    shares?: string;
    text?: string[];
    prompt?: string[];
    textPair?: string[];
    file?: string;
    inputIds?: string[];
    padTo?: number;
  } & CheckChoice;

/** Of commands that answer. */
export const CHECK_OPTIONS = [
  new Option('--check-ranges', 'check on shares that values stay within their rings; the client alone is told'),
  new Option('--no-check-ranges', 'do not check; otherwise it is done where the weights prove too little'),
  new Option('--allow-overflow', 'show an answer although values left their range'),
];

export const RUN_OPTIONS = [
  ...MODEL_OPTIONS.slice(0, -1),
  CALIBRATION_OPTION,
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
  THREADS_OPTION,
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
} & CheckChoice;

/** Reads and checks everything the caller named, or else these texts; nothing is made yet. */
export async function readInputs(options: RunOptions, signal: AbortSignal, given?: readonly Text[]): Promise<Inputs> {
  const { shares: folder, text = [], prompt = [], padTo, threads, network } = options;
  const kernels = loadKernels(threads === undefined ? {} : { threads });
  const texts = given ?? (await readTexts({ ...options, text: [...text, ...prompt] }));
  const named = await readModel(options);
  const config = (await readModelConfig(named)) as Record<string, unknown>;
  const program = modelFor(config); // refuses what is no object
  const shared = folder === undefined ? undefined : { folder, manifest: await readShares(folder) };
  if (shared) checkShares(shared, options, named, program);
  const tokenizer = await tokenizerFor(named, program, texts);
  const queries: Query[] = [];
  for (const text of texts) {
    if (queries.length % 100 === 0) await new Promise(setImmediate); // lets Ctrl-C through
    signal.throwIfAborted();
    queries.push(queryFor(program, tokenizer, text, padTo));
  }
  const model = shared ? named : await withItsPlan(named, options, signal);
  if (shared?.manifest.calibration === 'absent') await checkRings(named, shared.manifest.ring, options, signal);
  const known = { ...(shared ? { shared } : {}), ...(tokenizer ? { tokenizer } : {}), ...(network ? { network } : {}) };
  const { checkRanges, allowOverflow } = options;
  return { model, program, config, kernels, texts, queries, checkRanges, allowOverflow, ...known };
}

/** Shares have rings of their own. */
function checkShares(
  { folder, manifest }: { folder: string; manifest: Manifest },
  options: RunOptions,
  model: ResolvedModel,
  program: Model,
): void {
  checkFit(folder, manifest, model, program);
  const { linearRing: ring, calibration } = options;
  const given = ring !== undefined ? '--linear-ring' : calibration !== undefined ? '--calibration' : undefined;
  if (given === undefined) return;
  const hint = `Leave out ${given}, or share the weights again with it.`;
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
