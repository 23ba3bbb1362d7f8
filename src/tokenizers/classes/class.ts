import type { AddedTokens } from '../added-tokens.ts';
import type { AddedToken, Merge, Part, Pipeline, Vocabulary } from '../json.ts';
import type { Name, Settings } from '../settings.ts';
import type { Ends } from '../template.ts';

/** What a class makes its tokenizer of: a vocabulary, from whichever files. */
export type Source = {
  /** The file, for messages. */
  readonly path: string;
  readonly vocab: Vocabulary;
  readonly merges: readonly Merge[];
  /** Of tokenizer.json. */
  readonly postProcessor: Part | null;
  /** How SentencePiece normalises characters, in base64. */
  readonly charsmap?: string | undefined;
  /** Control and user-defined pieces of SentencePiece. */
  readonly pieces?: readonly AddedToken[] | undefined;
};

/** Special tokens by name, as the class and the files have them. */
export type Specials = ReadonlyMap<string, AddedToken | null>;

/** The ids that a class needs when all tokens are there. */
export type Finish = {
  readonly source: Source;
  readonly settings: Settings;
  readonly specials: Specials;
  readonly added: AddedTokens;
  /** A special token and its id. */
  readonly ends: (name: Name) => Ends;
};

/** A class of tokenizers of transformers: how it makes a tokenizer of a vocabulary. */
export type TokenizerClass = {
  readonly name: string;
  /** Other names that transformers has for it. */
  readonly aliases?: readonly string[];
  /** Values of `model_type` in config.json that take it. */
  readonly modelTypes?: readonly string[];
  readonly vocabulary: 'WordPiece' | 'BPE' | 'Unigram';
  /** The file with its vocabulary where there is no tokenizer.json. */
  readonly file: 'vocab.txt' | 'vocab.json' | 'tokenizer.model' | 'sentencepiece.bpe.model';
  /** Special tokens unless a file names others; null where the class has none, whatever tokenizer.json pads with. */
  readonly defaults: Readonly<Record<string, string | null>>;
  /** Whether texts start with `bos_token` unless a file says otherwise. */
  readonly addBos?: boolean;
  /** Whether the model gets the types of tokens. */
  readonly types?: boolean;
  /** A text that has this in it asks for what is not done here. */
  readonly refused?: string;
  /** A named token as this class describes it. */
  describe?(name: string, token: AddedToken): AddedToken;
  /** Pieces of a SentencePiece model, in the order of ids that this class has. */
  reorder?(pieces: readonly (readonly [string, number])[], specials: Specials): (readonly [string, number])[];
  /** Everything but the post-processor, which is the file's. */
  build(source: Source, settings: Settings, specials: Specials): Omit<Pipeline, 'post_processor'>;
  /** A post-processor of its own, or more tokens. */
  finish?(state: Finish): Part | undefined;
};
