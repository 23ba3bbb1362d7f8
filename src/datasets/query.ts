import { option, PumaError, words } from '../errors.ts';
import type { Model } from '../models/model.ts';
import type { Query } from '../models/query.ts';
import type { Tokenizer } from '../tokenizers/tokenizer.ts';

/** A text to be tokenised, or the ids themselves. */
export type Text = {
  text?: string;
  pair?: string | undefined;
  ids?: readonly number[];
  /** For messages: 'the text', 'line 3 of lines.txt'. */
  where?: string;
};

/**
 * The query for a text: its ids, padded when `padTo` is given. Throws E_LENGTH with both lengths when it is too long, E_TOKEN when
 * the tokenizer does not fit the model.
 */
export function queryFor(
  model: Model,
  tokenizer: Tokenizer | undefined,
  { text = '', pair, ids: given, where = 'the text' }: Text,
  padTo?: number,
): Query {
  if (padTo !== undefined) checkPadding(model, padTo);
  const { ids, types } = given ? { ids: given, types: given.map(() => 0) } : tokenizer!.encode(text, pair);
  const limit = padTo ?? model.maxTokens;
  if (ids.length > limit) {
    const allows = padTo === undefined ? words`the model takes` : words`${option('padTo')} allows`;
    const message = [`${where} has ${ids.length} tokens; `, ...allows, ` ${limit}`];
    throw new PumaError('E_LENGTH', message, 'Shorten the text.');
  }
  model.hotRows(ids, types); // checks every id
  model.checkText(ids);
  return padTo === undefined ? { ids, types } : padded(model, ids, types, padTo, padOf(model, tokenizer));
}

/** No answer depends on what pads. A tokenizer may pad with a token that was added to it, and for which the model has no row. */
const padOf = ({ vocabularySize }: Model, { padId = 0 }: Partial<Tokenizer> = {}): number =>
  padId < vocabularySize ? padId : 0;

/** Throws E_LENGTH when so many tokens cannot be padded to. */
export function checkPadding({ maxTokens, padded }: Model, padTo: number): void {
  if (padTo > maxTokens) {
    const message = words`${option('padTo')} is ${padTo}; the model takes ${maxTokens} tokens`;
    throw new PumaError('E_LENGTH', message, 'Choose a smaller number.');
  }
  if (!padded || padTo <= padded.most) return;
  const message = words`${option('padTo')} is ${padTo}: beyond ${padded.most} tokens the answer depends on the length of the text (${padded.why} in config.json)`;
  throw new PumaError('E_LENGTH', message, words`Leave out ${option('padTo')}, or choose ${padded.most} or less.`);
}

/**
 * Padded to n tokens, with a mask: behind the text, or in front of one that goes on, so that the last token is the text's own. Its
 * positions are then the text's: what is in front has positions below 0.
 */
function padded(model: Model, ids: readonly number[], types: readonly number[], n: number, padId: number): Query {
  const missing = n - ids.length;
  const fill = (value: number) => Array<number>(missing).fill(value);
  const ones = ids.map(() => 1);
  if (model.head.continues) {
    return {
      ids: [...fill(padId), ...ids],
      types: [...fill(0), ...types],
      mask: [...fill(0), ...ones],
      position: -missing,
    };
  }
  return { ids: [...ids, ...fill(padId)], types: [...types, ...fill(0)], mask: [...ones, ...fill(0)] };
}
