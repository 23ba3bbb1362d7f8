/** A text as a model takes it. */

import { queryFor } from '../../datasets/query.ts';
import { option, PumaError, words } from '../../errors.ts';
import type { Query } from '../../models/query.ts';
import { checkText } from '../../tokenizers/text.ts';
import { anything, text as string, whole } from '../fields.ts';
import type { Reader } from './reader.ts';
import { checkApply } from './task.ts';

/** A text, or two that are read together; or token ids, special ones included. */
export type Words = (
  | { text: string; pair?: string | undefined; ids?: undefined }
  | { ids: readonly number[]; text?: undefined; pair?: undefined }
) & {
  /** What errors call it: 'line 3 of reviews.txt'; 'the text' when left out. */
  where?: string | undefined;
};

export type Padding = {
  /** Hides the length: parties see so many tokens, and a mask is shared too. */
  padTo?: number | undefined;
};

export const WORDS_FIELDS = { text: anything, pair: anything, ids: anything, where: string, padTo: whole() };

/** Tokens of what is asked. Throws E_TEXT, E_TOKENIZER, E_TOKEN, E_LENGTH. */
export function queryOf(reader: Reader, asked: Words & Padding): Query {
  const { text, pair, ids, padTo, where = 'the text' } = asked;
  if ((text === undefined) === (ids === undefined)) {
    const message = text === undefined ? 'there is no text' : `${where} is given as ids too`;
    throw new PumaError('E_TEXT', message, words`Give a text, or ${option('ids')}.`);
  }
  if (text !== undefined) {
    checkString(text, where);
    checkApply(reader, { others: { pair } });
    if (pair !== undefined) checkString(pair, `the pair of ${where}`);
    if (!reader.tokenizer) throw reader.noTokenizer;
    return queryFor(reader.program, reader.tokenizer, { text, pair, where }, padTo);
  }
  if (!Array.isArray(ids))
    throw new PumaError('E_TEXT', `the ids of ${where} are no list`, 'Give whole numbers: [5, 17, 2].');
  return queryFor(reader.program, reader.tokenizer, { ids, where }, padTo);
}

function checkString(value: unknown, what: string): void {
  if (typeof value !== 'string') throw new PumaError('E_TEXT', `${what} is a ${typeof value}`, 'Give a string.');
  checkText(value, what);
}

/** Work for each of many texts, which lets an abort through now and then. */
export async function forEachText<T, R>(
  texts: readonly T[],
  signal: AbortSignal | undefined,
  work: (text: T) => R,
): Promise<R[]> {
  const done: R[] = [];
  for (const text of texts) {
    if (done.length % 100 === 0) await new Promise(setImmediate);
    signal?.throwIfAborted();
    done.push(work(text));
  }
  return done;
}
