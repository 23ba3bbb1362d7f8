import type { TokenizerJson } from '../json.ts';

/** What a library makes of a tokenizer.json. Ids are those with special tokens; decoding leaves special ones out. */
export type Opened = {
  encode(text: string, pair?: string): { ids: number[]; types: number[] };
  /** Ids without special tokens around the text; those in it count. */
  encodeBare(text: string): number[];
  decode(ids: readonly number[]): string;
};

/** A library that takes texts apart. */
export type Engine = {
  /** Its package. */
  readonly name: string;
  /** Throws E_TOKENIZER for what it does not read; `path` is for messages. */
  open(json: TokenizerJson, path: string): Opened;
};
