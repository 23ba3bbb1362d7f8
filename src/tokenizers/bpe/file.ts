import { z } from 'zod';
import { AddedToken } from './added-token.ts';
import type { ModelSettings } from './model.ts';
import { Part, Unsupported } from './part.ts';

/** Arrays are as long as the largest id. */
const LARGEST_ID = 10_000_000;
const Id = z.int().min(0).max(LARGEST_ID);

/** An added token of this tokenizer. */
export type NumberedToken = AddedToken & { id: number };

const orNull = <T extends z.ZodType>(schema: T) => schema.nullish().transform((value) => value ?? null);
const orFalse = z
  .boolean()
  .nullish()
  .transform((value) => value ?? false);
const Affix = z.literal('', { error: 'not supported for byte-pair tokenizers' }).nullish();

const File = z.object({
  added_tokens: z.array(AddedToken.extend({ id: Id })).default([]),
  normalizer: orNull(Part),
  pre_tokenizer: orNull(Part),
  post_processor: orNull(Part),
  decoder: orNull(Part),
  model: z.object({
    vocab: z.custom<Record<string, unknown>>((value) => typeof value === 'object' && value !== null, 'not an object'),
    merges: z.custom<unknown[]>(Array.isArray, 'not a list'),
    unk_token: orNull(z.string()),
    continuing_subword_prefix: Affix,
    end_of_word_suffix: Affix,
    fuse_unk: orFalse,
    byte_fallback: orFalse,
    ignore_merges: orFalse,
  }),
});

/** A byte-pair tokenizer as its file describes it. */
export type BpeFile = {
  added: readonly NumberedToken[];
  normalizer: Part | null;
  preTokenizer: Part | null;
  postProcessor: Part | null;
  decoder: Part | null;
  model: ModelSettings;
};

/** Whether tokenizer.json describes a byte-pair tokenizer. Older files do not name its kind. */
export function isBpe(json: unknown): boolean {
  const model = (json as { model?: { type?: unknown; merges?: unknown } } | null)?.model;
  return model?.type === 'BPE' || (model?.type === undefined && Array.isArray(model?.merges));
}

/** Checks tokenizer.json; throws a ZodError or Unsupported. */
export function parseBpe(json: unknown): BpeFile {
  const { added_tokens, normalizer, pre_tokenizer, post_processor, decoder, model } = File.parse(json);
  return {
    added: added_tokens,
    ...{ normalizer, preTokenizer: pre_tokenizer, postProcessor: post_processor, decoder },
    model: {
      vocabulary: parseVocabulary(model.vocab),
      merges: model.merges.map((merge, i) => parseMerge(merge, `merge ${i + 1}`)),
      unknown: model.unk_token,
      fuseUnknown: model.fuse_unk,
      byteFallback: model.byte_fallback,
      ignoreMerges: model.ignore_merges,
    },
  };
}

/** Ids by token. A loop of our own: there may be 100 000 of them. */
export function parseVocabulary(json: unknown): Map<string, number> {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw new Unsupported('the vocabulary is no JSON object of tokens and ids');
  }
  const ids = new Map<string, number>();
  for (const [token, id] of Object.entries(json)) {
    if (!Number.isInteger(id) || id < 0 || id > LARGEST_ID)
      throw new Unsupported(`the id of ${JSON.stringify(token)} is no id`);
    ids.set(token, id);
  }
  return ids;
}

/** The two tokens of a merge: a pair, or one text with a space between them. */
export function parseMerge(merge: unknown, where: string): [string, string] {
  const parts = typeof merge === 'string' ? merge.split(' ') : merge;
  if (Array.isArray(parts) && parts.length === 2 && parts.every((part) => typeof part === 'string' && part !== '')) {
    return parts as [string, string];
  }
  throw new Unsupported(`${where} is not two tokens`);
}
