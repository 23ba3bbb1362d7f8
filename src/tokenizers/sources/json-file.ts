import { z } from 'zod';
import { readJson } from '../../files/json.ts';
import type { Source, TokenizerClass } from '../classes/class.ts';
import {
  type AddedToken,
  type Merge,
  type Part,
  type Pipeline,
  TOKENIZER_HINT,
  tokenizerError,
  type Vocabulary,
} from '../json.ts';
import { check } from '../settings.ts';
import { Described, Id, LARGEST_ID } from '../token-schema.ts';

const PartOf = z
  .looseObject({ type: z.string() })
  .nullish()
  .transform((part): Part | null => part ?? null);

/** What is read here of tokenizer.json; the rest is for the library that runs it. */
const File = z.looseObject({
  added_tokens: z
    .array(Described.extend({ id: Id }))
    .nullish()
    .transform((tokens) => tokens ?? []),
  padding: z.looseObject({ pad_token: z.string() }).nullish(),
  normalizer: PartOf,
  pre_tokenizer: PartOf,
  post_processor: PartOf,
  decoder: PartOf,
  model: z.looseObject({
    type: z.string().optional(),
    vocab: z.custom<object>((value) => typeof value === 'object' && value !== null),
  }),
});

export type JsonFile = {
  readonly path: string;
  readonly pipeline: Pipeline;
  readonly added: readonly { readonly id: number; readonly token: AddedToken }[];
  /** The token that it pads with, if it says so. */
  readonly pad: string | undefined;
  /** "ByteLevel" is in its text. */
  readonly byteLevel: boolean;
};

export async function readJsonFile(path: string): Promise<JsonFile> {
  const json = await readJson(path, 'E_TOKENIZER', TOKENIZER_HINT);
  checkDepth(json, path);
  const { added_tokens, padding, normalizer, pre_tokenizer, post_processor, decoder, model } = check(File, json, path);
  checkVocabulary(model.vocab, path);
  return {
    path,
    pipeline: { normalizer, pre_tokenizer, post_processor, decoder, model: model as Pipeline['model'] },
    added: added_tokens.map(({ id, ...token }) => ({ id, token })),
    pad: padding?.pad_token,
    byteLevel: JSON.stringify({ normalizer, pre_tokenizer, post_processor, decoder }).includes('"ByteLevel"'),
  };
}

/** Parts hold parts, but not that deep: the library would give up, and so might we. */
function checkDepth(value: unknown, path: string, left = DEEPEST): void {
  if (left === 0) throw tokenizerError(`${path} is nested more than ${DEEPEST} deep`);
  if (typeof value !== 'object' || value === null) return;
  for (const [key, inner] of Object.entries(value))
    if (key !== 'vocab' && key !== 'merges') checkDepth(inner, path, left - 1);
}

const DEEPEST = 100;

/** A check of 200,000 entries: by hand, for speed. */
function checkVocabulary(vocab: object, path: string): void {
  if (Array.isArray(vocab)) {
    const odd = vocab.findIndex(
      (item) => !Array.isArray(item) || typeof item[0] !== 'string' || typeof item[1] !== 'number',
    );
    if (odd >= 0) throw tokenizerError(`${path}: model.vocab: entry ${odd} is no piece with a score`);
    return;
  }
  for (const [token, id] of Object.entries(vocab)) {
    if (!Number.isInteger(id) || (id as number) < 0 || (id as number) > LARGEST_ID)
      throw tokenizerError(`${path}: model.vocab: the id of ${JSON.stringify(token)} is no id`);
  }
}

/** What a class that makes its tokenizer anew takes of the file. */
export function sourceOf({ path, pipeline }: JsonFile, rule: TokenizerClass): Source {
  const { model, post_processor: postProcessor, normalizer } = pipeline;
  const merges = rule.vocabulary === 'BPE' ? ((model.merges as Merge[] | undefined) ?? []) : [];
  return {
    path,
    vocab: vocabularyFor(rule, model.vocab, path),
    merges,
    postProcessor,
    charsmap: charsmapIn(normalizer),
  };
}

/** A class takes ids, or pieces with scores; of pieces it can number them. */
function vocabularyFor({ name, vocabulary }: TokenizerClass, vocab: Vocabulary, path: string): Vocabulary {
  if (!Array.isArray(vocab) && vocabulary === 'Unigram') {
    throw tokenizerError(
      `${path}: model.vocab has no scores, which a ${name} needs`,
      'Name PreTrainedTokenizerFast in tokenizer_config.json.',
    );
  }
  if (!Array.isArray(vocab) || vocabulary === 'Unigram') return vocab;
  return Object.fromEntries(vocab.map(([piece], id) => [piece, id]));
}

/** The first table of SentencePiece in a normalizer. */
function charsmapIn(normalizer: Part | null): string | undefined {
  const parts = normalizer?.type === 'Sequence' ? (normalizer.normalizers as Part[]) : normalizer ? [normalizer] : [];
  const found = Array.isArray(parts)
    ? parts.find((part) => part?.type === 'Precompiled')?.precompiled_charsmap
    : undefined;
  return typeof found === 'string' ? found : undefined;
}
