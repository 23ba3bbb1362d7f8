import { PumaError } from '../errors.ts';
import { checkText, readLines } from '../loaders/text.ts';
import type { Tokenizer } from '../loaders/tokenizer.ts';
import type { Model } from '../models/model.ts';
import type { Query } from './client.ts';

export type Text = {
  text: string;
  pair?: string;
  /** For messages: 'the text', 'line 3 of lines.txt'. */
  where?: string;
};

export type TextSource = { text?: readonly string[]; textPair?: readonly string[]; file?: string };

/** The texts that somebody names, in order; none of them empty. */
export async function readTexts({ text = [], textPair = [], file }: TextSource): Promise<Text[]> {
  if (text.length === 0 && file === undefined) {
    throw new PumaError('E_TEXT', 'there is no text', 'Give one: --text "..." or --file lines.txt');
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
  return [...given, ...lines.map((line) => ({ text: line.text, where: `line ${line.number} of ${file}` }))];
}

/**
 * The query for a text: its ids, padded when `padTo` is given. Throws E_LENGTH with both lengths when it is too long, E_TOKEN when
 * the tokenizer does not fit the model.
 */
export function queryFor(
  model: Model,
  tokenizer: Tokenizer,
  { text, pair, where = 'the text' }: Text,
  padTo?: number,
): Query {
  if (padTo !== undefined && padTo > model.maxTokens) {
    const message = `--pad-to is ${padTo}; the model takes ${model.maxTokens} tokens`;
    throw new PumaError('E_LENGTH', message, 'Choose a smaller number.');
  }
  const { ids, types } = tokenizer.encode(text, pair);
  const limit = padTo ?? model.maxTokens;
  if (ids.length > limit) {
    const message = `${where} has ${ids.length} tokens; ${padTo === undefined ? 'the model takes' : '--pad-to allows'} ${limit}`;
    throw new PumaError('E_LENGTH', message, 'Shorten the text.');
  }
  model.hotRows(ids, types); // checks every id
  if (padTo === undefined) return { ids, types };
  const fill = (list: readonly number[], filler: number) => [
    ...list,
    ...Array<number>(padTo - list.length).fill(filler),
  ];
  return { ids: fill(ids, tokenizer.padId ?? 0), types: fill(types, 0), counted: ids.length };
}
