import { queryFor } from '../datasets/texts.ts';
import { PumaError } from '../errors.ts';
import type { Query } from '../models/query.ts';
import { checkText } from '../tokenizers/text.ts';
import { checkWhole } from './check.ts';
import type { Reader } from './model.ts';

/** A text, or two that are read together; or token ids, special ones included. */
export type Words =
  | { text: string; pair?: string | undefined; ids?: undefined }
  | { ids: readonly number[]; text?: undefined; pair?: undefined };

export type Padding = {
  /** Hides the length: parties see so many tokens, and a mask is shared too. */
  padTo?: number | undefined;
};

/** Tokens of what is asked. Throws E_TEXT, E_TOKENIZER, E_TOKEN, E_LENGTH, E_OPTION; `where` names the text in messages. */
export function queryOf(reader: Reader, words: Words & Padding, where = 'the text'): Query {
  const { text, pair, ids, padTo } = words;
  checkWhole('padTo', padTo);
  if ((text === undefined) === (ids === undefined)) {
    const message = text === undefined ? 'there is no text' : `${where} is given as ids too`;
    throw new PumaError('E_TEXT', message, 'Give a text, or ids.');
  }
  if (text !== undefined) {
    for (const [words, what] of [[text, where] as const, [pair ?? text, `the pair of ${where}`] as const]) {
      if (typeof words !== 'string') throw new PumaError('E_TEXT', `${what} is a ${typeof words}`, 'Give a string.');
      checkText(words, what);
    }
    if (!reader.tokenizer) throw reader.noTokenizer;
  }
  return queryFor(reader.program, reader.tokenizer, { ...words, where }, padTo, 'padTo');
}

/** The text's own ids, without padding; that of a text which goes on stands in front. */
export function unpadded({ ids, mask }: Query): readonly number[] {
  return mask ? ids.filter((_, i) => mask[i] === 1) : ids;
}

/** Refuses a model that does something else. Throws E_TASK. */
export function checkTask({ name, program }: Reader, generates: boolean): void {
  if (program.head.continues === generates) return;
  const [does, hint] = generates
    ? [`does not generate text: it ${program.head.verb}`, 'Use infer().']
    : ['generates text', 'Use generate(); with { maxNewTokens: 1 } it gives the next token.'];
  throw new PumaError('E_TASK', `${name} ${does}`, hint);
}
