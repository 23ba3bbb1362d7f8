import { Tokenizer as HuggingFace } from '@huggingface/tokenizers';
import { PumaError } from '../errors.ts';
import { type BertSettings, normalise, splitWords } from './bert-text.ts';
import type { Tokenizer } from './tokenizer.ts';
import { TOKENIZER_HINT, type TokenizerConfig, type TokenizerJson } from './tokenizer-file.ts';

/** What is used of the library: its own type declarations do not resolve in a NodeNext project. */
type Library = {
  normalizer: ((text: string) => string) | null;
  pre_tokenizer: ((text: string) => string[]) | null;
  encode(text: string, options: { text_pair?: string; return_token_type_ids: true }): Encoding;
  decode(ids: number[], options: { skip_special_tokens: boolean; clean_up_tokenization_spaces: boolean }): string;
  token_to_id(token: string): number | undefined;
  get_vocab(): Map<string, number>;
};

type Encoding = { ids: (number | undefined)[]; tokens: string[]; token_type_ids?: number[] };

/** A tokenizer of the library, with BERT's text handling mended. */
export function libraryTokenizer(file: TokenizerJson, config: TokenizerConfig, path: string): Tokenizer {
  const library = construct(file, config, path);
  const padId = library.token_to_id(config.pad_token ?? '[PAD]');
  const asked = {
    skip_special_tokens: true,
    clean_up_tokenization_spaces: config.clean_up_tokenization_spaces ?? false,
  };
  return {
    encode: (text, pair) => encode(library, path, text, pair),
    decode: (ids) => (ids.length === 0 ? '' : library.decode([...ids], asked)),
    vocabularySize: vocabularySize(library),
    ...(padId !== undefined && { padId }),
  };
}

function construct(file: TokenizerJson, config: TokenizerConfig, path: string): Library {
  try {
    const library = new HuggingFace(file, config) as unknown as Library;
    const { normalizer, pre_tokenizer } = file;
    if (normalizer?.type === 'BertNormalizer')
      library.normalizer = (text) => normalise(text, normalizer as BertSettings);
    if (pre_tokenizer?.type === 'BertPreTokenizer') library.pre_tokenizer = splitWords;
    encode(library, path, 'a', 'b'); // a template may name tokens that the vocabulary lacks
    return library;
  } catch (error) {
    if (error instanceof PumaError) throw error;
    throw new PumaError('E_TOKENIZER', `${path}: ${(error as Error).message}`, TOKENIZER_HINT);
  }
}

function encode(library: Library, path: string, text: string, pair?: string): { ids: number[]; types: number[] } {
  const { ids, tokens, token_type_ids } = library.encode(text, { text_pair: pair, return_token_type_ids: true });
  const known = ids.map((id, i) => id ?? noId(path, tokens[i]!));
  return { ids: known, types: token_type_ids ?? known.map(() => 0) };
}

function noId(path: string, token: string): never {
  const message = `${path} has no id for the token ${JSON.stringify(token)}, and none for unknown ones`;
  throw new PumaError('E_TOKENIZER', message, TOKENIZER_HINT);
}

function vocabularySize(library: Library): number {
  let largest = -1;
  for (const id of library.get_vocab().values()) largest = Math.max(largest, id);
  return largest + 1;
}
