import { readSmall } from '../../files/io.ts';
import { utf8 } from '../../files/json.ts';
import { tokenizerError } from '../json.ts';
import { fieldsOf, messageOf } from './wire.ts';

/** Kinds of pieces. */
export const NORMAL = 1;
export const CONTROL = 3;
export const USER_DEFINED = 4;

export type Piece = { readonly piece: string; readonly score: number; readonly kind: number };

/** A SentencePiece model: its pieces in the order of their ids, and how it takes a text apart. */
export type SentencePiece = {
  readonly path: string;
  readonly pieces: readonly Piece[];
  readonly kind: 'unigram' | 'bpe';
  readonly byteFallback: boolean;
  /** Ids below 0: the model has no such token. */
  readonly unk: { readonly id: number; readonly piece: string };
  readonly bos: { readonly id: number; readonly piece: string };
  readonly eos: { readonly id: number; readonly piece: string };
  /** In base64; undefined where characters stay as they are. */
  readonly charsmap: string | undefined;
  readonly addDummyPrefix: boolean;
  readonly removeExtraWhitespaces: boolean;
  readonly escapeWhitespaces: boolean;
};

const LIMIT = 100_000_000;
const MOST_PIECES = 10_000_000;

/** Reads a model file of SentencePiece. */
export async function readSentencePiece(path: string): Promise<SentencePiece> {
  const bytes = await readSmall(path, LIMIT);
  try {
    return parse(bytes, path);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw tokenizerError(
      `${path} is no SentencePiece model: ${error.message}`,
      'Convert the tokenizer to tokenizer.json, or fetch its files again.',
    );
  }
}

function parse(bytes: Uint8Array, path: string): SentencePiece {
  const pieces: Piece[] = [];
  let [trainer, normalizer] = [new Uint8Array(), new Uint8Array()] as Uint8Array[];
  for (const { number, value } of fieldsOf(bytes)) {
    if (!(value instanceof Uint8Array)) continue;
    if (number === 1) pieces.push(pieceOf(value));
    if (number === 2) trainer = value;
    if (number === 3) normalizer = value;
    if (pieces.length > MOST_PIECES) throw new RangeError(`more than ${MOST_PIECES} pieces`);
  }
  if (pieces.length === 0) throw new RangeError('it has no pieces');
  const [how, rules] = [messageOf(trainer!), messageOf(normalizer!)];
  const kind = KINDS[how.number(3) ?? 1];
  if (kind !== 'unigram' && kind !== 'bpe')
    throw new RangeError(`its trainer_spec.model_type ${kind} is not supported`);
  const token = (id: number, standing: number, piece: number, text: string) => ({
    ...{ id: how.number(id) ?? standing, piece: textOf(how.bytes(piece)) || text },
  });
  const flag = (message: typeof how, field: number, standing: boolean) => Boolean(message.number(field) ?? standing);
  const charsmap = rules.bytes(2);
  return {
    ...{ path, pieces, kind, byteFallback: flag(how, 35, false) },
    ...{ unk: token(40, 0, 45, '<unk>'), bos: token(41, 1, 46, '<s>'), eos: token(42, 2, 47, '</s>') },
    charsmap: charsmap?.length ? Buffer.from(charsmap).toString('base64') : undefined,
    addDummyPrefix: flag(rules, 3, true),
    removeExtraWhitespaces: flag(rules, 4, true),
    escapeWhitespaces: flag(rules, 5, true),
  };
}

const KINDS: Readonly<Record<number, string>> = { 1: 'unigram', 2: 'bpe', 3: 'WORD', 4: 'CHAR' };

function pieceOf(bytes: Uint8Array): Piece {
  const message = messageOf(bytes);
  return { piece: textOf(message.bytes(1)), score: message.number(2) ?? 0, kind: message.number(3) ?? NORMAL };
}

function textOf(bytes: Uint8Array | undefined): string {
  const text = utf8(bytes ?? new Uint8Array());
  if (text === undefined) throw new RangeError('a piece is not UTF-8 text');
  return text;
}
