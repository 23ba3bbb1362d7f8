import { Tokenizer as HuggingFace } from '@huggingface/tokenizers';
import { type TokenizerJson, tokenizerError } from '../json.ts';
import { AGREED_TEXT, notAgreed } from './agreed.ts';
import type { Engine, Opened } from './engine.ts';
import { NoLibrary } from './native.ts';

/** What is used of the library: its own type declarations do not resolve in a NodeNext project. */
type Library = {
  encode(text: string, options: Options): Encoding;
  decode(ids: number[], options: { skip_special_tokens: boolean; clean_up_tokenization_spaces: boolean }): string;
};
type Options = { text_pair?: string; add_special_tokens?: boolean; return_token_type_ids: true };
type Encoding = { ids: (number | undefined)[]; tokens: string[]; token_type_ids?: number[] };

/**
 * Hugging Face's library in JavaScript, for machines for which the native one has no build. It differs from the native one in many parts:
 * it is used for pipelines on which both are known to agree, and for texts of characters on which they do.
 */
export const javascript: Engine = {
  name: '@huggingface/tokenizers',
  open: (json, path) => {
    const part = notAgreed(json);
    if (part !== undefined)
      throw new NoLibrary(`@huggingface/tokenizers, which runs without it, is not known to agree on ${part}`);
    const { encode, encodeBare, decode } = construct(json, path);
    return {
      encode: (text, pair) => encode(agreed(text, path), pair === undefined ? undefined : agreed(pair, path)),
      encodeBare: (text) => encodeBare(agreed(text, path)),
      decode,
    };
  },
};

function agreed(text: string, path: string): string {
  if (AGREED_TEXT.test(text)) return text;
  const odd = [...text].find((character) => !AGREED_TEXT.test(character))!;
  const point = odd.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0');
  throw tokenizerError(
    `${path}: the text has the character U+${point}, on which @huggingface/tokenizers is not known to agree`,
    'Run it where the package tokenizers has a build for the machine, or give ids.',
  );
}

/** Without the check: for the test that measures agreement. */
export function construct(json: TokenizerJson, path: string): Opened {
  const library = new HuggingFace(json, {}) as unknown as Library;
  const encode = (text: string, options: Omit<Options, 'return_token_type_ids'>) => {
    const found = library.encode(text, { ...options, return_token_type_ids: true });
    const ids = found.ids.map((id, i) => id ?? noId(path, found.tokens[i]!));
    return { ids, types: found.token_type_ids ?? ids.map(() => 0) };
  };
  return {
    encode: (text, pair) => encode(text, pair === undefined ? {} : { text_pair: pair }),
    encodeBare: (text) => encode(text, { add_special_tokens: false }).ids,
    decode: (ids) => library.decode([...ids], { skip_special_tokens: true, clean_up_tokenization_spaces: false }),
  };
}

function noId(path: string, token: string): never {
  throw tokenizerError(`${path} has no id for the token ${JSON.stringify(token)}, and none for unknown ones`);
}
