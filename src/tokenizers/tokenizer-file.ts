import { join } from 'node:path';
import { z } from 'zod';
import { PumaError } from '../errors.ts';
import { firstIssue, readJson } from '../files/json.ts';
import { AddedToken } from './bpe/added-token.ts';

export const TOKENIZER_HINT = "Fetch the model's tokenizer files again.";

/** A special token is named by its text, or described by an object. */
const Token = z.union([z.string(), z.object({ content: z.string() }).transform(({ content }) => content)]).nullish();

const Config = z.looseObject({
  do_lower_case: z.boolean().nullish(),
  strip_accents: z.boolean().nullish(),
  tokenize_chinese_chars: z.boolean().nullish(),
  tokenizer_class: z.string().optional(),
  add_prefix_space: z.boolean().nullish(),
  legacy: z.boolean().nullish(),
  add_bos_token: z.boolean().nullish(),
  add_eos_token: z.boolean().nullish(),
  clean_up_tokenization_spaces: z.boolean().nullish(),
  added_tokens_decoder: z.record(z.string().regex(/^\d{1,8}$/), AddedToken).optional(),
  bos_token: Token,
  eos_token: Token,
  unk_token: Token,
  cls_token: Token,
  sep_token: Token,
  pad_token: Token,
  mask_token: Token,
});

export type TokenizerConfig = z.infer<typeof Config> & {
  /** Special tokens that are named by an object. */
  described?: AddedToken[];
};

/** The library keeps arrays as long as the largest id. */
const Id = z.int().min(0).max(10_000_000);

/** What the library takes for granted in tokenizer.json. */
const TokenizerFile = z.looseObject({
  added_tokens: z
    .array(z.looseObject({ id: Id, content: z.string().min(1) }))
    .nullish()
    .transform((tokens) => tokens ?? []),
  normalizer: z.looseObject({ type: z.string() }).nullish(),
  pre_tokenizer: z.looseObject({ type: z.string() }).nullish(),
  post_processor: z.looseObject({ type: z.string() }).nullish(),
  decoder: z.looseObject({ type: z.string() }).nullish(),
  model: z.looseObject({
    type: z.enum(['WordPiece', 'Unigram']).nullish(),
    vocab: z.union([z.record(z.string(), Id), z.array(z.unknown())]),
  }),
});

type Part = { type: string; [setting: string]: unknown } | null;

/** tokenizer.json with every part in its place; null for those it leaves out. */
export type TokenizerJson = {
  normalizer: Part;
  pre_tokenizer: Part;
  post_processor: Part;
  decoder: Part;
  model: object;
  [more: string]: unknown;
};

/** What tokenizer_config.json says; in older checkpoints special_tokens_map.json names the special tokens. */
export async function readTokenizerConfig(folder: string, files: ReadonlySet<string>): Promise<TokenizerConfig> {
  const read = async (file: string): Promise<TokenizerConfig> => {
    if (!files.has(file)) return {};
    const path = join(folder, file);
    const json = await readJson(path, 'E_TOKENIZER', TOKENIZER_HINT);
    const config = check(Config, json, path);
    return {
      ...config,
      described: Object.values(json as object).flatMap((value) => AddedToken.safeParse(value).data ?? []),
    };
  };
  const config = await read('tokenizer_config.json');
  return config.added_tokens_decoder ? config : { ...config, ...(await read('special_tokens_map.json')) };
}

/** Checks a tokenizer.json that is no byte-pair one. */
export function parseTokenizer(json: unknown, config: TokenizerConfig, path: string): TokenizerJson {
  const file = check(TokenizerFile, json, path);
  const { normalizer = null, pre_tokenizer = null, post_processor = null, decoder = null } = file;
  const override = normalizer?.type === 'BertNormalizer' ? bertOverrides(config) : {};
  return { ...file, normalizer: normalizer && { ...normalizer, ...override }, pre_tokenizer, post_processor, decoder };
}

/** Settings of tokenizer_config.json win over tokenizer.json, as in transformers. */
function bertOverrides({ do_lower_case, strip_accents, tokenize_chinese_chars }: TokenizerConfig): object {
  return {
    ...(typeof do_lower_case === 'boolean' && { lowercase: do_lower_case }),
    ...(typeof strip_accents === 'boolean' && { strip_accents }),
    ...(typeof tokenize_chinese_chars === 'boolean' && { handle_chinese_chars: tokenize_chinese_chars }),
  };
}

/** What tokenizer_config.json may say about a WordPiece vocabulary; BERT's own settings when it is silent. */
export type WordPieceSettings = {
  lowercase: boolean;
  stripAccents: boolean | null;
  ideographs: boolean;
  unknown: string;
  start: string;
  separator: string;
  special: readonly string[];
};

export function wordPieceSettings(config: TokenizerConfig): WordPieceSettings {
  const unknown = config.unk_token ?? '[UNK]';
  const start = config.cls_token ?? '[CLS]';
  const separator = config.sep_token ?? '[SEP]';
  const special = [...new Set([config.pad_token ?? '[PAD]', unknown, start, separator, config.mask_token ?? '[MASK]'])];
  return {
    lowercase: config.do_lower_case ?? true,
    stripAccents: config.strip_accents ?? null,
    ideographs: config.tokenize_chinese_chars ?? true,
    ...{ unknown, start, separator, special },
  };
}

function check<T>(schema: z.ZodType<T>, json: unknown, path: string): T {
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  throw new PumaError('E_TOKENIZER', `${path}: ${firstIssue(parsed.error)}`, TOKENIZER_HINT);
}
