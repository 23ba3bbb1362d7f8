import { join } from 'node:path';
import { z } from 'zod';
import { PumaError } from '../errors.ts';
import { firstIssue, isObject, readJson } from '../files/json.ts';
import { type AddedToken, TOKENIZER_HINT, tokenizerError } from './json.ts';
import { ById, Described, Id, Token } from './token-schema.ts';

/** The special tokens that every tokenizer may have, in the order in which they are added. */
export const NAMES = [
  'bos_token',
  'eos_token',
  'unk_token',
  'sep_token',
  'pad_token',
  'cls_token',
  'mask_token',
] as const;
export type Name = (typeof NAMES)[number];

const Extra = z.union([z.array(Token), z.record(z.string(), Token)]).nullish();
const Flag = z.boolean().nullish();

const Config = z.looseObject({
  tokenizer_class: z.string().nullish(),
  do_lower_case: Flag,
  strip_accents: Flag,
  tokenize_chinese_chars: Flag,
  add_prefix_space: Flag,
  trim_offsets: Flag,
  legacy: Flag,
  add_bos_token: Flag,
  add_eos_token: Flag,
  clean_up_tokenization_spaces: Flag,
  clean_up_tokenization_spaces_for_bpe_even_though_it_will_corrupt_output: Flag,
  split_special_tokens: Flag,
  fix_mistral_regex: Flag,
  model_input_names: z.array(z.string()).nullish(),
  fast_tokenizer_files: z.array(z.string()).nullish(),
  added_tokens_decoder: ById.optional(),
  additional_special_tokens: Extra,
  extra_special_tokens: Extra,
  ...(Object.fromEntries(NAMES.map((name) => [name, Token.nullish()])) as Record<
    Name,
    z.ZodOptional<z.ZodNullable<typeof Token>>
  >),
});

type Config = z.infer<typeof Config>;
type Flags = Pick<
  Config,
  | 'tokenizer_class'
  | 'do_lower_case'
  | 'strip_accents'
  | 'tokenize_chinese_chars'
  | 'add_prefix_space'
  | 'trim_offsets'
  | 'legacy'
  | 'add_bos_token'
  | 'add_eos_token'
  | 'clean_up_tokenization_spaces'
  | 'clean_up_tokenization_spaces_for_bpe_even_though_it_will_corrupt_output'
  | 'model_input_names'
>;

/** What the small files beside a vocabulary say: tokenizer_config.json, special_tokens_map.json, added_tokens.json. */
export type Settings = Flags & {
  /** Special tokens by name: null where the model has none, missing where no file says. Other names than NAMES come last. */
  readonly named: ReadonlyMap<string, AddedToken | null>;
  /** `extra_special_tokens`; undefined where no file has the key. */
  readonly extra: readonly AddedToken[] | undefined;
  /** `additional_special_tokens`, where it did not become `extra`. */
  readonly additional: readonly AddedToken[] | undefined;
  /** Tokens that a file lists with their ids, by id. */
  readonly listed: readonly { readonly id: number; readonly token: AddedToken }[];
};

type Listed = Settings['listed'];

/**
 * Reads the settings as transformers (5.24) does. Where tokenizer_config.json lists `added_tokens_decoder`, it says everything;
 * else the older files, and the tokens of tokenizer.json (`ofJson`), are read too.
 */
export async function readSettings(folder: string, files: ReadonlySet<string>, ofJson: Listed = []): Promise<Settings> {
  const read = (file: string) => (files.has(file) ? readObject(join(folder, file)) : Promise.resolve({}));
  const path = join(folder, 'tokenizer_config.json');
  const json = await read('tokenizer_config.json');
  const config = check(Config, json, path);
  refuse(config, path);
  const named = namedIn(json, config);
  const { added_tokens_decoder: decoder, ...rest } = config;
  const all = { ...rest, ...extraOf(config, named), named };
  if (decoder)
    return { ...all, listed: sorted(Object.entries(decoder).map(([id, token]) => ({ id: Number(id), token }))) };

  const map = await read('special_tokens_map.json');
  const older = check(Config, map, join(folder, 'special_tokens_map.json'));
  for (const [name, token] of namedIn(map, older)) named.set(name, token && { ...token, special: true });
  const extra = older.extra_special_tokens ? listOf(older.extra_special_tokens, named) : undefined;
  const merged = {
    ...all,
    ...(extra && { extra: [...(all.extra ?? []), ...extra] }),
    ...(older.additional_special_tokens && { additional: listOf(older.additional_special_tokens, named) }),
  };
  const added = check(z.record(z.string(), Id), await read('added_tokens.json'), join(folder, 'added_tokens.json'));
  const special = new Set([...named.values(), ...(merged.extra ?? [])].map((token) => token?.content));
  const plain = Object.entries(added).map(([content, id]) => {
    const token = { content, single_word: false, lstrip: false, rstrip: false, special: special.has(content) };
    return { id, token: { ...token, normalized: !token.special } };
  });
  return { ...merged, listed: sorted([...plain, ...ofJson]) };
}

/** Of two tokens with the same id the later one counts. */
const sorted = (tokens: Listed): Listed =>
  [...new Map(tokens.map((item) => [item.id, item])).values()].sort((a, b) => a.id - b.id);

/** The special tokens that this file names: the usual ones, and any other key that ends in _token. */
function namedIn(json: Record<string, unknown>, config: Config): Map<string, AddedToken | null> {
  const named = new Map<string, AddedToken | null>();
  for (const name of NAMES) if (config[name] !== undefined) named.set(name, config[name] ?? null);
  for (const [key, value] of Object.entries(json)) {
    const own = key.endsWith('_token') && !(NAMES as readonly string[]).includes(key);
    const token = typeof value === 'string' ? Token.parse(value) : Described.safeParse(value).data;
    if (own && token) named.set(key, token);
  }
  return named;
}

/** `additional_special_tokens` is the older name. A dictionary of extra tokens names them. */
function extraOf(config: Config, named: Map<string, AddedToken | null>): Pick<Settings, 'extra' | 'additional'> {
  const { additional_special_tokens: additional, extra_special_tokens: extra } = config;
  const filled = extra && (Array.isArray(extra) ? extra : Object.keys(extra)).length > 0;
  const main = filled || additional === undefined ? extra : additional;
  return {
    extra: main === undefined ? undefined : listOf(main, named),
    additional: filled && additional ? listOf(additional, named) : undefined,
  };
}

function listOf(extra: z.infer<typeof Extra>, named: Map<string, AddedToken | null>): readonly AddedToken[] {
  if (Array.isArray(extra)) return extra;
  for (const [name, token] of Object.entries(extra ?? {})) named.set(name, token);
  return [];
}

/** What would change texts, and is not done here. */
function refuse({ split_special_tokens, fix_mistral_regex, fast_tokenizer_files }: Config, path: string): void {
  const other = fast_tokenizer_files?.find((file) => file !== 'tokenizer.json');
  const key = split_special_tokens ? 'split_special_tokens' : fix_mistral_regex ? 'fix_mistral_regex' : undefined;
  const remedy = 'Take it out, if texts need no such treatment.';
  if (key) throw tokenizerError(`${path}: ${key} true is not supported`, remedy);
  if (other)
    throw tokenizerError(
      `${path}: fast_tokenizer_files names ${JSON.stringify(other)}, which is not supported`,
      remedy,
    );
}

async function readObject(path: string): Promise<Record<string, unknown>> {
  const json = await readJson(path, 'E_TOKENIZER', TOKENIZER_HINT);
  if (isObject(json)) return json;
  throw tokenizerError(`${path} is no JSON object`);
}

export function check<T>(schema: z.ZodType<T>, json: unknown, path: string): T {
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  throw new PumaError('E_TOKENIZER', `${path}: ${firstIssue(parsed.error)}`, TOKENIZER_HINT);
}
