import type { Source, Specials, TokenizerClass } from '../classes/class.ts';
import { type AddedToken, plainToken } from '../json.ts';
import { mergesOf } from '../sources/merges.ts';
import { CONTROL, type SentencePiece, USER_DEFINED } from './model.ts';

/** What a class takes of a SentencePiece model: its pieces, as tokens of pairs or with their scores. */
export function sourceOfPieces(model: SentencePiece, rule: TokenizerClass, specials: Specials): Source {
  const { path, charsmap } = model;
  const scored = model.pieces.map(({ piece, score }) => [piece, score] as const);
  const common = { path, charsmap, postProcessor: null, pieces: addedPieces(model) };
  if (rule.vocabulary === 'Unigram')
    return { ...common, vocab: rule.reorder?.(scored, specials) ?? scored, merges: [] };
  const vocabulary = new Map(scored.map(([piece], id) => [piece, id]));
  return { ...common, vocab: Object.fromEntries(vocabulary), merges: mergesOf(vocabulary) };
}

/** Control pieces are special tokens; user-defined ones are added tokens. */
export const addedPieces = ({ pieces }: SentencePiece): AddedToken[] =>
  pieces
    .filter(({ kind }) => kind === CONTROL || kind === USER_DEFINED)
    .map(({ piece, kind }) => ({ ...plainToken(piece), normalized: false, special: kind === CONTROL }));
