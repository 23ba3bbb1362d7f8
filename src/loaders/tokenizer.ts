import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Tokenizer as HuggingFace } from '@huggingface/tokenizers';
import { PumaError } from '../errors.ts';
import { type BertSettings, normalise, splitWords } from './bert-text.ts';
import { io } from './io.ts';
import {
  readTokenizer,
  readTokenizerConfig,
  TOKENIZER_HINT,
  type TokenizerConfig,
  type TokenizerJson,
  wordPieceSettings,
} from './tokenizer-file.ts';
import { readVocabulary, wordPieceTokenizer } from './vocabulary.ts';

/** Text to token ids and back, as Hugging Face's fast tokenizers do it. */
export interface Tokenizer {
  /** Ids with the model's special tokens; types are 1 in the second text, else 0. As in transformers, an empty pair is none. */
  encode(text: string, pair?: string): { ids: number[]; types: number[] };
  /** Text of these tokens, without special ones. */
  decode(ids: readonly number[]): string;
  /** One more than the largest id. */
  readonly vocabularySize: number;
  readonly padId?: number;
}

/** Opens a checkpoint's tokenizer.json, or its vocab.txt when there is none. */
export async function openTokenizer(folder: string): Promise<Tokenizer> {
  const files = new Set(await io('read', folder, () => readdir(folder)));
  const config = files.has('tokenizer_config.json')
    ? await readTokenizerConfig(join(folder, 'tokenizer_config.json'))
    : {};
  if (files.has('tokenizer.json')) {
    const path = join(folder, 'tokenizer.json');
    return makeTokenizer(await readTokenizer(path, config), config, path);
  }
  if (files.has('vocab.txt')) {
    const path = join(folder, 'vocab.txt');
    return makeTokenizer(wordPieceTokenizer(await readVocabulary(path), wordPieceSettings(config), path), config, path);
  }
  const message = `${folder} has no tokenizer.json and no vocab.txt`;
  throw new PumaError('E_TOKENIZER', message, "Put the model's tokenizer files beside its weights.");
}

/** What is used of the library: its own type declarations do not resolve in a NodeNext project. */
type Library = {
  normalizer: ((text: string) => string) | null;
  pre_tokenizer: ((text: string) => string[]) | null;
  encode(text: string, options: { text_pair?: string; return_token_type_ids: true }): Encoding;
  decode(ids: number[], options: { skip_special_tokens: boolean }): string;
  token_to_id(token: string): number | undefined;
  get_vocab(): Map<string, number>;
};

type Encoding = { ids: (number | undefined)[]; tokens: string[]; token_type_ids?: number[] };

function makeTokenizer(file: TokenizerJson, config: TokenizerConfig, path: string): Tokenizer {
  const library = construct(file, config, path);
  const padId = library.token_to_id(config.pad_token ?? '[PAD]');
  return {
    encode: (text, pair) => encode(library, path, text, pair),
    decode: (ids) => (ids.length === 0 ? '' : library.decode([...ids], { skip_special_tokens: true })),
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
