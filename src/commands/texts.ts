/** The texts that somebody names on the command line. */
import { PumaError } from '../errors.ts';
import type { Message } from '../library/chat/messages.ts';
import type { Words } from '../library/run/query.ts';
import { readTexts as readFile } from '../library/texts.ts';

export type TextOptions = {
  text?: string[];
  prompt?: string[];
  textPair?: string[];
  file?: string;
  inputIds?: string[];
};

/** A text, token ids, or a conversation that a model is to answer. */
export type Asked = Words | { messages: readonly Message[]; where: string };

/** In order: texts, lines of the file, token ids. Throws E_TEXT, E_TOKEN, E_READ. */
export async function readTexts(options: TextOptions): Promise<Words[]> {
  const { textPair = [], file, inputIds = [] } = options;
  const text = [...(options.text ?? []), ...(options.prompt ?? [])];
  if (text.length === 0 && file === undefined && inputIds.length === 0) {
    throw new PumaError('E_TEXT', 'there is no text', 'Give one: --text "...", --prompt "..." or --file lines.txt');
  }
  if (textPair.length > 0 && textPair.length !== text.length) {
    const message = `there are ${text.length} --text and ${textPair.length} --text-pair`;
    throw new PumaError('E_TEXT', message, 'Give a --text-pair for each --text, or none.');
  }
  const given = text.map((one, i): Words => {
    const where = text.length === 1 ? 'the text' : `text ${i + 1}`;
    return { text: one, where, ...(textPair.length > 0 ? { pair: textPair[i]! } : {}) };
  });
  const lines = file === undefined ? [] : await readFile(file);
  const ids = inputIds.map((list): Words => ({ ids: parseIds(list), where: `--input-ids ${list}` }));
  return [...given, ...lines, ...ids];
}

function parseIds(list: string): number[] {
  if (/^\s*\d+(\s*,\s*\d+)*\s*$/.test(list)) return list.split(',').map(Number);
  const message = `--input-ids ${JSON.stringify(list)} is no list of token ids`;
  throw new PumaError('E_TOKEN', message, 'Give whole numbers with commas between them: 5,17,2');
}

/** As reports show it. */
export const shownText = ({ text, pair, ids }: Words): { text: string; textPair?: string } => ({
  text: text ?? ids!.join(','),
  ...(pair === undefined ? {} : { textPair: pair }),
});
