import { metaspace } from '../classes/llama.ts';
import { type AddedToken, expression, type ModelPart, type Part, type Pipeline, sequence, text } from '../json.ts';
import type { Settings } from '../settings.ts';
import { splits } from '../sources/merges.ts';
import { NORMAL, type SentencePiece, USER_DEFINED } from './model.ts';
import { addedPieces } from './source.ts';

/** A tokenizer that takes texts apart as SentencePiece does, for a model whose class adds nothing of its own. */
export function pipelineOf(model: SentencePiece, names: readonly string[], legacy: boolean): Pipeline {
  const userDefined = names.filter((_, id) => model.pieces[id]!.kind === USER_DEFINED);
  return {
    normalizer: sequence('normalizers', normalizers(model, legacy)),
    pre_tokenizer: preTokenizer(model, userDefined, legacy),
    post_processor: null,
    decoder: sequence('decoders', decoders(model)),
    model: modelPart(model, names, userDefined.length > 0),
  };
}

/** Names of its pieces: `added_tokens_decoder` may rename one, unless another piece keeps that name. */
export function namesOf({ pieces, kind }: SentencePiece, { listed }: Settings): string[] {
  const own = pieces.map(({ piece }) => piece);
  if (kind === 'unigram') return own;
  const renamed = new Map(listed.map(({ id, token }) => [id, token.content]));
  const kept = new Set(own.filter((_, id) => !renamed.has(id)));
  return own.map((piece, id) => {
    const name = renamed.get(id);
    return name === undefined || kept.has(name) ? piece : name;
  });
}

/** The settings that go with it: added tokens are looked for in the text as it is, so that each part between gets its own space. */
export function settingsFor(model: SentencePiece, settings: Settings): { settings: Settings; pieces: AddedToken[] } {
  const named = new Map(settings.named);
  for (const [name, { id, piece }] of [
    ['bos_token', model.bos],
    ['eos_token', model.eos],
    ['unk_token', model.unk],
  ] as const) {
    if (id >= 0 && !named.has(name))
      named.set(name, { content: piece, single_word: false, lstrip: false, rstrip: false, special: true });
  }
  const listed = settings.listed.map(({ id, token }) => ({ id, token: { ...token, normalized: false } }));
  const userDefined = new Set(model.pieces.filter(({ kind }) => kind === USER_DEFINED).map(({ piece }) => piece));
  return {
    settings: { ...settings, named, ...(model.addDummyPrefix && { listed }) },
    pieces: addedPieces(model).filter(({ content }) => !userDefined.has(content)),
  };
}

function normalizers(model: SentencePiece, legacy: boolean): Part[] {
  const replace = (pattern: object, content: string): Part => ({ type: 'Replace', pattern, content });
  return [
    ...(model.charsmap ? [{ type: 'Precompiled', precompiled_charsmap: model.charsmap }] : []),
    // spaces only: other white space stays
    ...(model.removeExtraWhitespaces
      ? [replace(expression('\\A +| +\\z'), ''), replace(expression(' {2,}'), ' ')]
      : []),
    ...(model.escapeWhitespaces ? [replace(text(' '), '\u2581')] : []),
    // a text that begins with a mark gets another all the same
    ...(model.addDummyPrefix && legacy ? [replace(expression('\\A\u2581'), '\u2581\u2581')] : []),
  ];
}

function preTokenizer({ addDummyPrefix }: SentencePiece, userDefined: readonly string[], legacy: boolean): Part | null {
  // long ones first, so that they win
  const whole = [...userDefined]
    .sort((a, b) => [...b].length - [...a].length)
    .map((piece) => piece.replace(SIGN, '\\$&'));
  const parts: Part[] = [
    ...(addDummyPrefix ? [metaspace(legacy ? 'always' : 'first', false)] : []),
    ...(whole.length > 0
      ? [{ type: 'Split', pattern: expression(whole.join('|')), behavior: 'Isolated', invert: false }]
      : []),
  ];
  return parts.length > 0 ? sequence('pretokenizers', parts) : null;
}

/** What an expression takes for more than itself. */
const SIGN = /[()[\]{}?*+\-|^$\\.&~# \t\n\r\v\f]/g;

function decoders({ byteFallback, addDummyPrefix }: SentencePiece): Part[] {
  return [
    { type: 'Replace', pattern: text('\u2581'), content: ' ' },
    ...(byteFallback ? [{ type: 'ByteFallback' }] : []),
    ...(addDummyPrefix || byteFallback ? [{ type: 'Fuse' }] : []),
    ...(addDummyPrefix ? [{ type: 'Strip', content: ' ', start: 1, stop: 0 }] : []),
  ];
}

function modelPart(model: SentencePiece, names: readonly string[], ignoreMerges: boolean): ModelPart {
  const { kind, pieces, unk, byteFallback: byte_fallback } = model;
  if (kind === 'unigram') {
    return {
      type: 'Unigram',
      unk_id: unk.id,
      byte_fallback,
      vocab: pieces.map(({ piece, score }) => [piece, score] as const),
    };
  }
  return {
    ...{ type: 'BPE', dropout: null, unk_token: unk.piece, continuing_subword_prefix: null, end_of_word_suffix: null },
    ...{ fuse_unk: true, byte_fallback, ignore_merges: ignoreMerges },
    vocab: Object.fromEntries(names.map((name, id) => [name, id])),
    merges: rankedMerges(model, names),
  };
}

/** Merges of the ordinary pieces: the best score first, then the smaller id. */
function rankedMerges({ pieces }: SentencePiece, names: readonly string[]): [string, string][] {
  const normal = new Map(
    names.flatMap((name, id) => (pieces[id]!.kind === NORMAL ? [[name, { id, score: pieces[id]!.score }]] : [])),
  );
  const ranked = [...normal].flatMap(([name, rank]) =>
    splits(name).flatMap((pair) => (normal.has(pair[0]) && normal.has(pair[1]) ? [{ pair, ...rank }] : [])),
  );
  return ranked
    .sort((a, b) => b.score - a.score || a.id - b.id || byCharacter(a.pair[0], b.pair[0]))
    .map(({ pair }) => pair);
}

/** By code points, as Python compares texts. */
function byCharacter(a: string, b: string): number {
  const [x, y] = [[...a], [...b]];
  for (let i = 0; i < x.length && i < y.length; i++) {
    const difference = x[i]!.codePointAt(0)! - y[i]!.codePointAt(0)!;
    if (difference !== 0) return difference;
  }
  return x.length - y.length;
}
