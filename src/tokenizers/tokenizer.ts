/** Text to token ids and back, as transformers does it. */
export interface Tokenizer {
  /** Ids with the model's special tokens; types are 1 in the second text, else 0. As in transformers, an empty pair is none. */
  encode(text: string, pair?: string): { ids: number[]; types: number[] };
  /** Ids of a text in which special tokens are written out: none are added. */
  encodeBare(text: string): number[];
  /** Text of these tokens, without special ones. Half a character, at the end of what is there so far, comes out as U+FFFD. */
  decode(ids: readonly number[]): string;
  /** One more than the largest id that the checkpoint's files give a token. A model may have fewer rows, or more. */
  readonly vocabularySize: number;
  readonly padId?: number;
  /** Begins a text; ends one. */
  readonly bosId?: number;
  readonly eosId?: number;
  /** Special tokens by name: bos_token, eos_token and the like. */
  readonly specials: Readonly<Record<string, string>>;
  /** The library that takes texts apart. */
  readonly engine: string;
}
