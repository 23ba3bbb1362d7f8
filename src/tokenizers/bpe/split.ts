import { z } from 'zod';
import { toAlphabet } from './bytes.ts';
import { Part, unsupported } from './part.ts';
import { Pattern, patternOf } from './pattern.ts';
import { ANY_NUMBER, shadowOf } from './unicode.ts';

/** A piece of text, and whether it is the beginning of the whole. */
export type Piece = { text: string; first: boolean };

/** Cuts pieces into smaller ones. None of them is empty. */
export type Split = (pieces: Piece[]) => Piece[];

const ByteLevel = z.object({ add_prefix_space: z.boolean(), use_regex: z.boolean().nullish() });
const Metaspace = z.object({
  replacement: z.string().min(1),
  prepend_scheme: z.enum(['always', 'first', 'never']).nullish(),
  split: z.boolean().nullish(),
});
const Cut = z.object({ pattern: Pattern, behavior: z.enum(['Isolated', 'Removed']), invert: z.boolean() });
const Digits = z.object({ individual_digits: z.boolean() });
const Sequence = z.object({ pretokenizers: z.array(Part) });

/** The pre-tokenizer of tokenizer.json. */
export function splitterOf(part: Part | null): Split {
  switch (part?.type) {
    case undefined:
      return (pieces) => pieces;
    case 'ByteLevel':
      return byteLevel(ByteLevel.parse(part));
    case 'Metaspace':
      return metaspace(Metaspace.parse(part));
    case 'Split':
      return cut(Cut.parse(part));
    case 'Digits': {
      const digits = new RegExp(Digits.parse(part).individual_digits ? ANY_NUMBER : `${ANY_NUMBER}+`, 'gu');
      return (pieces) => pieces.flatMap((piece) => cutPiece(piece, piece.text.matchAll(digits), 'both'));
    }
    case 'Sequence': {
      const steps = Sequence.parse(part).pretokenizers.map(splitterOf);
      return (pieces) => steps.reduce((now, step) => step(now), pieces);
    }
    default:
      return unsupported('pre-tokenizer', part!.type);
  }
}

/** GPT-2's words: contractions, letters, digits, signs (each with the space before it) and white space. */
const WORDS =
  /'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\p{White_Space}\p{L}\p{N}]+|\p{White_Space}+(?!\P{White_Space})|\p{White_Space}+/gu;

function byteLevel({ add_prefix_space, use_regex }: z.infer<typeof ByteLevel>): Split {
  const words = use_regex === false ? (pieces: Piece[]) => pieces : cutAt(WORDS);
  const prefixed = (piece: Piece) => (piece.text.startsWith(' ') ? piece : { ...piece, text: ` ${piece.text}` });
  return (pieces) =>
    words(add_prefix_space ? pieces.map(prefixed) : pieces).map(({ text, first }) => ({
      text: toAlphabet(text),
      first,
    }));
}

/** SentencePiece's view: a space is a character like any other, and there is one before the text. */
function metaspace({ replacement, prepend_scheme, split }: z.infer<typeof Metaspace>): Split {
  const scheme = prepend_scheme ?? 'always';
  const before = new RegExp(`(?=${patternOf({ String: replacement }).source})`, 'u');
  return (pieces) =>
    pieces.flatMap(({ text, first }) => {
      let out = text.replaceAll(' ', replacement);
      const prepend = scheme === 'always' || (scheme === 'first' && first);
      if (prepend && !out.startsWith(replacement)) out = replacement + out;
      const words = split === false ? [out] : out.split(before);
      return words.map((word, i) => ({ text: word, first: first && i === 0 }));
    });
}

function cut({ pattern, behavior, invert }: z.infer<typeof Cut>): Split {
  const regex = patternOf(pattern);
  if (behavior === 'Isolated') return cutAt(regex); // what matches and what is between are pieces alike
  return cutAt(regex, invert ? 'matches' : 'between');
}

/** Cuts at the matches of an expression, and keeps the matches, what is between them, or both. */
function cutAt(regex: RegExp, keep: 'matches' | 'between' | 'both' = 'both'): Split {
  return (pieces) => pieces.flatMap((piece) => cutPiece(piece, shadowOf(piece.text).matchAll(regex), keep));
}

function cutPiece({ text, first }: Piece, matches: Iterable<RegExpMatchArray>, keep: string): Piece[] {
  const pieces: Piece[] = [];
  const add = (from: number, to: number, kind: string) => {
    if (from < to && (keep === 'both' || keep === kind))
      pieces.push({ text: text.slice(from, to), first: first && from === 0 });
  };
  let done = 0;
  for (const { index = 0, 0: match } of matches) {
    add(done, index, 'between');
    add(index, index + match.length, 'matches');
    done = index + match.length;
  }
  add(done, text.length, 'between');
  return pieces;
}
