/** The texts that calibrate() measures a model on. */
import { basename } from 'node:path';
import { type Cut, cutQueries, windowQueries } from '../../datasets/calibration-texts.ts';
import { corpusOf, type DataSpec, examplesOf, readDataFile } from '../../datasets/dataset.ts';
import { option, PumaError, words } from '../../errors.ts';
import { selectRows } from '../../evaluate/evaluate.ts';
import type { Calibration } from '../../plans/file.ts';
import { checkSelection } from '../evaluate/options.ts';
import type { Reader } from '../run/reader.ts';

export type TextOptions = Pick<DataSpec, 'textColumn' | 'pairColumn'> & {
  /** The file: a text a line, or a column of a .tsv, .csv or .jsonl. */
  data: string;
  /** Take so many texts only: the first. */
  limit?: number | undefined;
  /** Take a random sample of them instead, the same every time. */
  seed?: number | undefined;
  /** Of a model that generates: join the texts, and take so many tokens at a time. */
  window?: number | undefined;
  /** Pad to so many tokens, as queries will be. */
  padTo?: number | undefined;
};

export type Texts = Cut & { about: Calibration['data'] };

/** Reads, cuts and checks them. Throws E_DATA, E_LENGTH, E_TOKENIZER, E_OPTION. */
export async function readQueries(reader: Reader, options: TextOptions): Promise<Texts> {
  const { queries, cut } = await cutTexts(reader, options);
  const tokens = queries.reduce((n, { ids, mask }) => n + (mask?.reduce((a, b) => a + b) ?? ids.length), 0);
  const { padTo, seed } = options;
  const given = { ...(padTo === undefined ? {} : { padTo }), ...(seed === undefined ? {} : { seed }) };
  return { queries, cut, about: { file: basename(options.data), texts: queries.length, tokens, cut, ...given } };
}

async function cutTexts({ name, program, tokenizer, noTokenizer }: Reader, options: TextOptions): Promise<Cut> {
  const { data, window, padTo, seed, limit } = options;
  checkTexts(name, program, options);
  if (!tokenizer) throw noTokenizer;
  const file = await readDataFile(data);
  const selection = { ...(limit === undefined ? {} : { limit }), ...(seed === undefined ? {} : { seed }) };
  if (window !== undefined) {
    const queries = windowQueries(tokenizer, corpusOf(file, options), window);
    return { queries: selectRows(queries.length, selection).map((i) => queries[i]!), cut: 0 };
  }
  const examples = examplesOf(file, options);
  const chosen = selectRows(examples.length, selection).map((i) => examples[i]!);
  return cutQueries(program, tokenizer, chosen, padTo);
}

function checkTexts(name: string, { head, maxTokens }: Reader['program'], options: TextOptions): void {
  checkSelection(options);
  const { window, padTo } = options;
  if (window !== undefined && !head.continues) {
    throw new PumaError('E_OPTION', words`${option('window')} is for a model that generates`);
  }
  if (window !== undefined && padTo !== undefined) {
    throw new PumaError('E_OPTION', words`${option('padTo')} does not go with windows`);
  }
  for (const [given, n] of Object.entries({ window, padTo })) {
    if (n === undefined || n <= maxTokens) continue;
    const message = words`${option(given)} is ${n}; ${name} takes ${maxTokens} tokens`;
    throw new PumaError('E_LENGTH', message, 'Choose a smaller number.');
  }
}
