import { type Merges, makeMerges, mergeWord } from './merge.ts';
import { Unsupported } from './part.ts';

/** What tokenizer.json says of a byte-pair model. */
export type ModelSettings = {
  vocabulary: ReadonlyMap<string, number>;
  merges: readonly (readonly [left: string, right: string])[];
  /** Stands for a character that the vocabulary lacks; without it such a character is dropped. */
  unknown: string | null;
  /** Neighbouring unknown characters are one token. */
  fuseUnknown: boolean;
  /** A character that the vocabulary lacks is written as its bytes: <0xE2><0x82><0xAC>. */
  byteFallback: boolean;
  /** A word that is a token is not taken apart. */
  ignoreMerges: boolean;
};

/** Ids of a word's tokens. */
export type EncodeWord = (word: string) => readonly number[];

export function encoderOf(settings: ModelSettings): EncodeWord {
  const merges = mergesOf(settings);
  const { vocabulary, ignoreMerges } = settings;
  const known = new Map<string, readonly number[]>();
  return (word) => {
    const whole = ignoreMerges ? vocabulary.get(word) : undefined;
    if (whole !== undefined) return [whole];
    const before = known.get(word);
    if (before) return before;
    const ids = mergeWord(symbolsOf(word, settings), merges);
    if (word.length <= REMEMBERED.length && known.size < REMEMBERED.words) known.set(word, ids);
    return ids;
  };
}

/** Words come again and again; long ones do not. */
const REMEMBERED = { length: 64, words: 20_000 };

/** Ids of a word's characters. */
function symbolsOf(word: string, { vocabulary, unknown, fuseUnknown, byteFallback }: ModelSettings): number[] {
  const ids: number[] = [];
  let waiting: number | undefined; // an unknown one, which may take in its neighbours
  const flush = () => {
    if (waiting !== undefined) ids.push(waiting);
    waiting = undefined;
  };
  for (const character of word) {
    const id = vocabulary.get(character);
    const bytes = id === undefined && byteFallback ? bytesOf(character, vocabulary) : undefined;
    if (bytes) {
      ids.push(...bytes);
    } else if (id !== undefined) {
      flush();
      ids.push(id);
    } else if (unknown !== null) {
      if (!fuseUnknown) flush();
      waiting = vocabulary.get(unknown);
    }
  }
  flush();
  return ids;
}

/** Ids of a character's bytes, if the vocabulary has all of them. */
function bytesOf(character: string, vocabulary: ReadonlyMap<string, number>): number[] | undefined {
  const ids = Array.from(new TextEncoder().encode(character), (byte) =>
    vocabulary.get(`<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`),
  );
  return ids.every((id) => id !== undefined) ? ids : undefined;
}

function mergesOf({ vocabulary, merges, unknown }: ModelSettings): Merges {
  const idOf = (token: string, what: string) => {
    const id = vocabulary.get(token);
    if (id !== undefined) return id;
    throw new Unsupported(`the vocabulary has no token ${JSON.stringify(token)}, which ${what}`);
  };
  if (unknown !== null) idOf(unknown, 'stands for unknown ones');
  const pairs = new Int32Array(3 * merges.length);
  for (const [rank, [left, right]] of merges.entries()) {
    const what = `merge ${rank + 1} names`;
    pairs[3 * rank] = idOf(left, what);
    pairs[3 * rank + 1] = idOf(right, what);
    pairs[3 * rank + 2] = idOf(left + right, what);
  }
  return makeMerges(pairs);
}
