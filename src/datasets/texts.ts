import { PumaError } from '../errors.ts';
import type { Model } from '../models/model.ts';
import type { Query } from '../models/query.ts';
import { checkText, readLines } from '../tokenizers/text.ts';
import type { Tokenizer } from '../tokenizers/tokenizer.ts';

/** A text to be tokenised, or the ids themselves. */
export type Text = {
  text?: string;
  pair?: string;
  ids?: readonly number[];
  /** For messages: 'the text', 'line 3 of lines.txt'. */
  where?: string;
};

export type TextSource = {
  text?: readonly string[];
  textPair?: readonly string[];
  file?: string;
  /** Lists such as '5,17,2'. */
  inputIds?: readonly string[];
};

/** The texts that somebody names, in order; none of them empty. */
export async function readTexts({ text = [], textPair = [], file, inputIds = [] }: TextSource): Promise<Text[]> {
  if (text.length === 0 && file === undefined && inputIds.length === 0) {
    throw new PumaError('E_TEXT', 'there is no text', 'Give one: --text "...", --prompt "..." or --file lines.txt');
  }
  if (textPair.length > 0 && textPair.length !== text.length) {
    const message = `there are ${text.length} --text and ${textPair.length} --text-pair`;
    throw new PumaError('E_TEXT', message, 'Give a --text-pair for each --text, or none.');
  }
  const given = text.map((one, i): Text => {
    const where = text.length === 1 ? 'the text' : `text ${i + 1}`;
    checkText(one, where);
    return {
      text: one,
      where,
      ...(textPair.length > 0 ? { pair: checkText(textPair[i]!, `the pair of ${where}`) } : {}),
    };
  });
  const lines = file === undefined ? [] : await readLines(file);
  return [
    ...given,
    ...lines.map((line) => ({ text: line.text, where: `line ${line.number} of ${file}` })),
    ...inputIds.map((list) => ({ ids: parseIds(list), where: `--input-ids ${list}` })),
  ];
}

function parseIds(list: string): number[] {
  if (/^\s*\d+(\s*,\s*\d+)*\s*$/.test(list)) return list.split(',').map(Number);
  const message = `--input-ids ${JSON.stringify(list)} is no list of token ids`;
  throw new PumaError('E_TOKEN', message, 'Give whole numbers with commas between them: 5,17,2');
}

/**
 * The query for a text: its ids, padded when `padTo` is given. Throws E_LENGTH with both lengths when it is too long, E_TOKEN when
 * the tokenizer does not fit the model. `padding` is what the caller calls padTo.
 */
export function queryFor(
  model: Model,
  tokenizer: Tokenizer | undefined,
  { text = '', pair, ids: given, where = 'the text' }: Text,
  padTo?: number,
  padding = '--pad-to',
): Query {
  if (padTo !== undefined && padTo > model.maxTokens) {
    const message = `${padding} is ${padTo}; the model takes ${model.maxTokens} tokens`;
    throw new PumaError('E_LENGTH', message, 'Choose a smaller number.');
  }
  const { ids, types } = given ? { ids: given, types: given.map(() => 0) } : tokenizer!.encode(text, pair);
  const limit = padTo ?? model.maxTokens;
  if (ids.length > limit) {
    const message = `${where} has ${ids.length} tokens; ${padTo === undefined ? 'the model takes' : `${padding} allows`} ${limit}`;
    throw new PumaError('E_LENGTH', message, 'Shorten the text.');
  }
  model.hotRows(ids, types); // checks every id
  return padTo === undefined ? { ids, types } : padded(model, ids, types, padTo, tokenizer?.padId ?? 0);
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
