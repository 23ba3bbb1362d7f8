/** tokenizer.json: what the tokenizers library makes a tokenizer of. */
import { PumaError } from '../errors.ts';

/** A part of the pipeline: normalizer, pre-tokenizer, model, post-processor or decoder. */
export type Part = { readonly type: string; readonly [setting: string]: unknown };

/** Tokens and their ids, or the pieces of a unigram model, each with its score, in the order of their ids. */
export type Vocabulary = Readonly<Record<string, number>> | readonly (readonly [piece: string, score: number])[];

/** Two tokens that become one. */
export type Merge = string | readonly [string, string];

export type ModelPart = {
  readonly type?: string | undefined;
  readonly vocab: Vocabulary;
  readonly [setting: string]: unknown;
};

/** A token that is looked for in the text before anything else is done with it. */
export type AddedToken = {
  readonly content: string;
  readonly single_word: boolean;
  readonly lstrip: boolean;
  readonly rstrip: boolean;
  /** Looked for in the normalised text; where it is left open, special tokens are not. */
  readonly normalized?: boolean | undefined;
  readonly special: boolean;
};

export type TokenizerJson = {
  readonly version: '1.0';
  readonly truncation: null;
  readonly padding: null;
  readonly added_tokens: readonly (AddedToken & { readonly id: number })[];
  readonly normalizer: Part | null;
  readonly pre_tokenizer: Part | null;
  readonly post_processor: Part | null;
  readonly decoder: Part | null;
  readonly model: ModelPart;
};

/** The parts that a class of tokenizers chooses. */
export type Pipeline = Pick<TokenizerJson, 'normalizer' | 'pre_tokenizer' | 'post_processor' | 'decoder' | 'model'>;

export const plainToken = (content: string): AddedToken => ({
  ...{ content, single_word: false, lstrip: false, rstrip: false, special: true },
});

/** A pattern of the tokenizers library: a text, or an expression. */
export const text = (pattern: string) => ({ String: pattern });
export const expression = (pattern: string) => ({ Regex: pattern });

export const sequence = (of: 'normalizers' | 'pretokenizers' | 'decoders', parts: readonly Part[]): Part => ({
  type: 'Sequence',
  [of]: parts,
});

export const TOKENIZER_HINT = "Fetch the model's tokenizer files again.";

/** What is wrong with the tokenizer's files, and what to do. */
export const tokenizerError = (message: string, remedy = TOKENIZER_HINT): PumaError =>
  new PumaError('E_TOKENIZER', message, remedy);
