/** What `infer` and `compare-plaintext` are given, and everything about it that can be checked before anything is started. */
import { join } from 'node:path';
import { Option } from 'commander';
import { type Kernels, loadKernels } from '../kernels/index.ts';
import { readJson } from '../loaders/json.ts';
import { type ResolvedModel, resolveModel } from '../loaders/resolve.ts';
import type { Manifest } from '../loaders/shares.ts';
import { openTokenizer } from '../loaders/tokenizer.ts';
import { modelFor } from '../models/index.ts';
import type { Model } from '../models/model.ts';
import type { Query } from '../service/client.ts';
import { checkFit, readShares } from '../service/shares.ts';
import { queryFor, readTexts, type Text } from '../service/texts.ts';
import { each, JSON_OPTION, wholeNumber } from './verb.ts';

export type RunOptions = {
  model: string;
  shares?: string;
  text?: string[];
  textPair?: string[];
  file?: string;
  padTo?: number;
  threads?: number;
  json?: boolean;
};

export const RUN_OPTIONS = [
  new Option(
    '--model <name|folder>',
    'a name that `puma models` lists, or a Hugging Face checkpoint',
  ).makeOptionMandatory(),
  new Option('--shares <folder>', 'use the shares that `puma share-weights` made; without it, share first'),
  new Option('--text <text>', 'a text; give the option again for more').argParser(each),
  new Option('--text-pair <text>', 'the second text of a pair').argParser(each),
  new Option('--file <lines.txt>', 'a file with one text a line'),
  new Option('--pad-to <n>', 'hide the length: the parties see n tokens').argParser(wholeNumber),
  new Option('--threads <n>', 'threads of the kernels, for each party').argParser(wholeNumber),
  JSON_OPTION,
];

export type Inputs = {
  model: ResolvedModel;
  program: Model;
  kernels: Kernels;
  texts: readonly Text[];
  queries: readonly Query[];
  /** Shares that are there already. */
  shared?: { folder: string; manifest: Manifest };
};

/** Reads and checks everything the caller named; nothing is made yet. */
export async function readInputs(options: RunOptions, signal: AbortSignal): Promise<Inputs> {
  const { shares: folder, padTo, threads } = options;
  const kernels = loadKernels(threads === undefined ? {} : { threads });
  const texts = await readTexts(options);
  const model = await resolveModel(options.model);
  const program = await programOf(model);
  const shared = folder === undefined ? undefined : { folder, manifest: await readShares(folder) };
  if (shared) checkFit(shared.folder, shared.manifest, model, program);
  const tokenizer = await openTokenizer(model.folder);
  const queries: Query[] = [];
  for (const text of texts) {
    if (queries.length % 100 === 0) await new Promise(setImmediate); // lets Ctrl-C through
    signal.throwIfAborted();
    queries.push(queryFor(program, tokenizer, text, padTo));
  }
  return { model, program, kernels, texts, queries, ...(shared ? { shared } : {}) };
}

/** By config.json alone: with shares there, the client needs no weights. */
async function programOf({ folder }: ResolvedModel): Promise<Model> {
  return modelFor(await readJson(join(folder, 'config.json'), 'E_CHECKPOINT', "Fetch the model's config.json again."));
}
