import type { NumberedToken } from './file.ts';
import type { Normalize } from './normalize.ts';
import type { Piece } from './split.ts';
import { shadowOf } from './unicode.ts';

/** A part of a text: a token that is known already, or a piece still to be split. */
export type Section = { id: number } | Piece;

/** Finds the added tokens of a text and normalises what is between them. */
export type FindAdded = (text: string) => Section[];

/** Whether a token is looked for in the normalised text. */
export const isNormalized = ({ normalized, special }: NumberedToken): boolean => normalized ?? !special;

/**
 * As the fast tokenizers do it: first those tokens that are looked for in the text as it is, then, in each piece between
 * them, those that are looked for in the normalised text.
 */
export function finderOf(added: readonly NumberedToken[], normalize: Normalize): FindAdded {
  const raw = search(added.filter((token) => !isNormalized(token)).map((token) => [token.content, token]));
  const normalized = search(added.filter(isNormalized).map((token) => [normalize(token.content), token]));
  return (text) =>
    raw({ text, first: true }).flatMap((section) =>
      'id' in section ? [section] : normalized({ ...section, text: normalize(section.text) }),
    );
}

/** Where several tokens begin, the longest counts. */
function search(tokens: readonly (readonly [content: string, token: NumberedToken])[]): (piece: Piece) => Section[] {
  const byContent = new Map(tokens.filter(([content]) => content !== ''));
  if (byContent.size === 0) return (piece) => (piece.text === '' ? [] : [piece]);
  const longestFirst = [...byContent.keys()].sort((a, b) => b.length - a.length);
  const any = new RegExp(longestFirst.map((content) => content.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')).join('|'), 'g');
  return ({ text, first }) => {
    const sections: Section[] = [];
    let done = 0;
    const addPiece = (to: number) => {
      if (done < to) sections.push({ text: text.slice(done, to), first: first && done === 0 });
    };
    for (const { 0: content, index } of text.matchAll(any)) {
      const token = byContent.get(content)!;
      let from = index;
      let to = index + content.length;
      if (token.single_word && inWord(text, from, to)) continue;
      if (token.lstrip) from = Math.max(done, from - SPACE_AT_END.exec(text.slice(0, from))![0].length);
      if (token.rstrip) to += SPACE_AT_START.exec(text.slice(to))![0].length;
      addPiece(from);
      sections.push({ id: token.id });
      done = to;
    }
    addPiece(text.length);
    return sections;
  };
}

const SPACE_AT_END = /\p{White_Space}*$/u;
const SPACE_AT_START = /^\p{White_Space}*/u;
const WORD_CHARACTER = '[\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}\\p{Join_Control}]';
const WORD_AT_END = new RegExp(`${WORD_CHARACTER}$`, 'u');
const WORD_AT_START = new RegExp(`^${WORD_CHARACTER}`, 'u');

function inWord(text: string, from: number, to: number): boolean {
  return WORD_AT_END.test(shadowOf(text.slice(0, from))) || WORD_AT_START.test(shadowOf(text.slice(to)));
}
