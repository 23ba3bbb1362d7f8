import { finderOf, isNormalized, type Section } from './added.ts';
import { decoderOf } from './decode.ts';
import type { Specials } from './family.ts';
import type { BpeFile } from './file.ts';
import { encoderOf } from './model.ts';
import { type Normalize, normalizerOf } from './normalize.ts';
import { splitterOf } from './split.ts';
import { type Encoded, templateOf } from './template.ts';

/** A byte-pair tokenizer: GPT-2's, RoBERTa's, LLaMA's. */
export type BpeTokenizer = {
  encode(text: string, pair?: string): Encoded;
  decode(ids: readonly number[]): string;
  idOf(token: string): number | undefined;
  vocabularySize: number;
};

/** Puts the parts of a file together; throws a ZodError or Unsupported for what they cannot do. */
export function bpeTokenizer({
  added,
  normalizer,
  preTokenizer,
  postProcessor,
  decoder,
  model,
}: BpeFile): BpeTokenizer {
  const normalize = normalizerOf(normalizer);
  const find = finderOf(added, normalize);
  const split = splitterOf(preTokenizer);
  const encodeWord = encoderOf(model);
  const template = templateOf(postProcessor);
  const toText = decoderOf(decoder);
  const special = new Set(added.filter((token) => token.special).map(({ content }) => content));
  const tokens = tokensById(model.vocabulary, added, normalize);
  const ids = new Map(added.map(({ content, id }) => [content, id]));

  const encodeSection = (section: Section): readonly number[] =>
    'id' in section ? [section.id] : split([section]).flatMap(({ text }) => encodeWord(text));
  const encodeText = (text: string) => find(text.replace(/\p{Cs}/gu, '\ufffd')).flatMap(encodeSection);
  return {
    encode: (text, pair) => template(encodeText(text), pair ? encodeText(pair) : undefined),
    decode: (given) => {
      const known = given.map((id) => tokens[id]).filter((token) => token !== undefined && !special.has(token));
      return known.length === 0 ? '' : toText(known as string[]).join('');
    },
    idOf: (token) => ids.get(token) ?? model.vocabulary.get(token),
    vocabularySize: tokens.length,
  };
}

/**
 * Added tokens win over the vocabulary's. Those that are looked for in the normalised text come back normalised, and if
 * that changes them they no longer count as special: so do the fast tokenizers.
 */
function tokensById(vocabulary: ReadonlyMap<string, number>, added: BpeFile['added'], normalize: Normalize): string[] {
  const tokens: string[] = [];
  for (const [token, id] of vocabulary) tokens[id] = token;
  for (const token of added) tokens[token.id] = isNormalized(token) ? normalize(token.content) : token.content;
  return tokens;
}

/** Ids of the tokens that are neither words nor parts of them. */
export function idsOf({ idOf }: BpeTokenizer, { bos, eos, pad }: Specials) {
  const found = (token: string | undefined) => (token === undefined ? undefined : idOf(token));
  const [bosId, eosId, padId] = [found(bos), found(eos), found(pad)];
  return {
    ...(bosId !== undefined && { bosId }),
    ...(eosId !== undefined && { eosId }),
    ...(padId !== undefined && { padId }),
  };
}
