/** The texts that `puma calibrate` measures a model on. */
import { basename } from 'node:path';
import { Option } from 'commander';
import { type Cut, cutQueries, windowQueries } from '../datasets/calibration-texts.ts';
import { corpusOf, type DataSpec, examplesOf, readDataFile } from '../datasets/dataset.ts';
import { PumaError } from '../errors.ts';
import { selectRows } from '../evaluate/evaluate.ts';
import { openModelTokenizer } from '../loaders/open-model.ts';
import type { ResolvedModel } from '../loaders/resolve.ts';
import type { Model } from '../models/model.ts';
import type { Calibration } from '../plans/file.ts';
import { checkVocabulary } from '../tokenizers/open.ts';
import type { Tokenizer } from '../tokenizers/tokenizer.ts';
import { UsageError, wholeNumber } from './verb.ts';

export type TextOptions = Pick<DataSpec, 'textColumn' | 'pairColumn'> & {
  data: string;
  limit?: number;
  seed?: number;
  window?: number;
  padTo?: number;
};

export const TEXT_OPTIONS = [
  new Option('--data <file>', 'texts: one a line, or a column of a .tsv, .csv or .jsonl').makeOptionMandatory(),
  new Option('--text-column <name>', 'the column of the texts'),
  new Option('--pair-column <name>', 'the column of the second texts'),
  new Option('--limit <n>', 'take n texts only: the first').argParser(wholeNumber),
  new Option('--seed <n>', 'take a random sample of them instead, the same every time').argParser(wholeNumber),
  new Option('--window <n>', 'of a model that generates: join the texts, and take n tokens at a time').argParser(
    wholeNumber,
  ),
  new Option('--pad-to <n>', 'pad to n tokens, as queries will be').argParser(wholeNumber),
];

export type Texts = Cut & { about: Calibration['data'] };

/** Reads, cuts and checks them. Throws E_DATA, E_LENGTH, E_TOKENIZER. */
export async function readQueries(model: ResolvedModel, program: Model, options: TextOptions): Promise<Texts> {
  const { queries, cut } = await cutTexts(model, program, options);
  const tokens = queries.reduce((n, { ids, mask }) => n + (mask?.reduce((a, b) => a + b) ?? ids.length), 0);
  const { padTo, seed } = options;
  const given = { ...(padTo === undefined ? {} : { padTo }), ...(seed === undefined ? {} : { seed }) };
  return { queries, cut, about: { file: basename(options.data), texts: queries.length, tokens, cut, ...given } };
}

async function cutTexts(model: ResolvedModel, program: Model, options: TextOptions): Promise<Cut> {
  const { data, window, padTo, seed, limit } = options;
  checkOptions(model, program, options);
  const tokenizer = await tokenizerOf(model, program);
  const file = await readDataFile(data);
  if (window !== undefined) {
    const queries = windowQueries(tokenizer, corpusOf(file, options), window);
    return { queries: selectRows(queries.length, selection(limit, seed)).map((i) => queries[i]!), cut: 0 };
  }
  const examples = examplesOf(file, options);
  const chosen = selectRows(examples.length, selection(limit, seed)).map((i) => examples[i]!);
  return cutQueries(program, tokenizer, chosen, padTo);
}

const selection = (limit?: number, seed?: number) => ({
  ...(limit === undefined ? {} : { limit }),
  ...(seed === undefined ? {} : { seed }),
});

function checkOptions({ name }: ResolvedModel, program: Model, { window, padTo, seed, limit }: TextOptions): void {
  if (seed !== undefined && limit === undefined) throw new UsageError('--seed goes with --limit', 'puma calibrate');
  if (window !== undefined && !program.head.continues) {
    throw new UsageError('--window is for a model that generates', 'puma calibrate');
  }
  if (window !== undefined && padTo !== undefined) {
    throw new UsageError('--pad-to does not go with windows', 'puma calibrate');
  }
  for (const [option, n] of [['--window', window] as const, ['--pad-to', padTo] as const]) {
    if (n === undefined || n <= program.maxTokens) continue;
    const message = `${option} is ${n}; ${name} takes ${program.maxTokens} tokens`;
    throw new PumaError('E_LENGTH', message, 'Choose a smaller number.');
  }
}

async function tokenizerOf(model: ResolvedModel, program: Model): Promise<Tokenizer> {
  const tokenizer = await openModelTokenizer(model);
  checkVocabulary(tokenizer, program.vocabularySize, model.folder ?? model.name);
  return tokenizer;
}
