import type { Plan } from './assemble.ts';
import type { Engine, Opened } from './engines/engine.ts';
import { javascript } from './engines/javascript.ts';
import { NoLibrary, native } from './engines/native.ts';
import { tokenizerError } from './json.ts';
import type { Tokenizer } from './tokenizer.ts';

/** The tokenizer of a plan, run by the native library, or where that does not run by the one in JavaScript. */
export function run(plan: Plan, engines: readonly Engine[] = [native, javascript]): Tokenizer {
  const { engine, opened } = openedBy(engines, plan);
  const { path, ids, types: typed, cleanUp, refused, vocabularySize, specials } = plan;
  return {
    encode: (text, pair) => {
      if (refused !== undefined && pair === undefined && text.includes(refused)) {
        throw tokenizerError(
          `${path}: a text with ${refused} asks to fill it in, which is not supported`,
          'Take it out of the text.',
        );
      }
      // as in transformers, an empty pair is none
      const { ids, types } = opened.encode(whole(text), pair ? whole(pair) : undefined);
      return { ids, types: typed ? types : ids.map(() => 0) };
    },
    encodeBare: (text) => opened.encodeBare(whole(text)),
    decode: (ids) => {
      const text = ids.length === 0 ? '' : opened.decode(ids);
      return cleanUp ? withoutSpaces(text) : text;
    },
    ...{ vocabularySize, engine, specials, ...ids },
  };
}

function openedBy(engines: readonly Engine[], { json, path }: Plan): { engine: string; opened: Opened } {
  const missing: string[] = [];
  for (const { name, open } of engines) {
    try {
      return { engine: name, opened: open(json, path) };
    } catch (error) {
      if (!(error instanceof NoLibrary)) throw error;
      missing.push(error.message);
    }
  }
  throw tokenizerError(
    `${path}: ${missing.join('; ')}`,
    'Run it where the package tokenizers has a build for the machine, or give ids.',
  );
}

/** Half a character is none. */
const whole = (text: string): string => text.replace(/\p{Cs}/gu, '\ufffd');

/** The space before marks and shortened words, as transformers takes it out. */
function withoutSpaces(text: string): string {
  return CLEANED.reduce((found, [from, to]) => found.replaceAll(from, to), text);
}

const CLEANED: readonly (readonly [string, string])[] = [
  ...([
    [' .', '.'],
    [' ?', '?'],
    [' !', '!'],
    [' ,', ','],
    [" ' ", "'"],
    [" n't", "n't"],
  ] as const),
  ...([
    [" 'm", "'m"],
    [" 's", "'s"],
    [" 've", "'ve"],
    [" 're", "'re"],
  ] as const),
];
