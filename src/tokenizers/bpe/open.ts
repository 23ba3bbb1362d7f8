import { join } from 'node:path';
import { z } from 'zod';
import { PumaError } from '../../errors.ts';
import { readSmall } from '../../files/io.ts';
import { firstIssue, isObject, readJson, utf8 } from '../../files/json.ts';
import type { Tokenizer } from '../tokenizer.ts';
import { TOKENIZER_HINT, type TokenizerConfig } from '../tokenizer-file.ts';
import { asTransformers, type Family, familyOf, specialsOf } from './family.ts';
import { type BpeFile, parseBpe, parseMerge, parseVocabulary } from './file.ts';
import { Unsupported } from './part.ts';
import { bpeTokenizer, idsOf } from './tokenizer.ts';

const MERGES_LIMIT = 100_000_000;

/** The byte-pair tokenizer of a tokenizer.json. `modelType` is that of config.json. */
export function bpeFromJson(json: unknown, config: TokenizerConfig, modelType: unknown, path: string): Tokenizer {
  return explained(path, () => build(parseBpe(json), familyOf(config, modelType), config, true));
}

/** The byte-pair tokenizer of vocab.json and merges.txt: GPT-2's or RoBERTa's. */
export async function bpeFromFiles(folder: string, config: TokenizerConfig, modelType: unknown): Promise<Tokenizer> {
  const [words, joins] = [join(folder, 'vocab.json'), join(folder, 'merges.txt')];
  const json = await readJson(words, 'E_TOKENIZER', TOKENIZER_HINT);
  const vocabulary = explained(words, () => parseVocabulary(json));
  const text = utf8(await readSmall(joins, MERGES_LIMIT));
  const merges = explained(joins, () => parseMerges(text));
  const named = familyOf(config, modelType);
  const guess: Family = vocabulary.has('<s>') ? 'RobertaTokenizer' : 'GPT2Tokenizer';
  const model = { vocabulary, merges, unknown: null, fuseUnknown: false, byteFallback: false, ignoreMerges: false };
  const none = { added: [], normalizer: null, preTokenizer: null, postProcessor: null, decoder: null };
  const family = named === 'as the file says' ? guess : named;
  return explained(joins, () => build({ ...none, model }, family, config, false));
}

function build(file: BpeFile, family: Family, config: TokenizerConfig, fromFile: boolean): Tokenizer {
  const tokenizer = bpeTokenizer(asTransformers(file, family, config, fromFile));
  const { encode, decode, vocabularySize } = tokenizer;
  return { encode, decode, vocabularySize, ...idsOf(tokenizer, specialsOf(family, config)) };
}

/** One merge a line, after a line with the version. */
function parseMerges(text: string | undefined): [string, string][] {
  if (text === undefined) throw new Unsupported('not UTF-8 text');
  const lines = text.split(/\r?\n/);
  if (lines.at(-1) === '') lines.pop();
  return lines.flatMap((line, i) => (line.startsWith('#version') ? [] : [parseMerge(line, `line ${i + 1}`)]));
}

/** What is wrong with a tokenizer, as one line with its path. */
function explained<T>(path: string, step: () => T): T {
  try {
    return step();
  } catch (error) {
    const known = error instanceof Unsupported || error instanceof SyntaxError;
    if (!known && !(error instanceof z.ZodError)) throw error;
    const what = error instanceof z.ZodError ? firstIssue(error) : (error as Error).message;
    throw new PumaError('E_TOKENIZER', `${path}: ${what}`, TOKENIZER_HINT);
  }
}

/** config.json's model_type, if there is one to be had: it only helps to tell tokenizers apart. */
export async function modelTypeOf(folder: string): Promise<unknown> {
  const json = await readJson(join(folder, 'config.json'), 'E_TOKENIZER', TOKENIZER_HINT).catch(() => undefined);
  return isObject(json) ? json.model_type : undefined;
}
