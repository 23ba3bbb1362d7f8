import { PumaError } from '../errors.ts';
import { readSmall } from '../files/io.ts';
import { utf8 } from '../files/json.ts';

/** A file of prompts is read as a whole. */
const TEXT_LIMIT = 100_000_000;

export type Line = {
  /** Its number in the file, from 1. */
  number: number;
  text: string;
};

/** The lines of a UTF-8 text file, without the empty ones. A byte order mark and CRLF are fine. */
export async function readLines(path: string): Promise<Line[]> {
  return linesOf(await readText(path), path);
}

/** A UTF-8 text file as a whole, without its byte order mark. */
export async function readText(path: string): Promise<string> {
  const bytes = await readSmall(path, TEXT_LIMIT);
  return (utf8(bytes) ?? notUtf8(path, bytes)).replace(/^\ufeff/, '');
}

/** The lines of the text that stands in this file, without the empty ones. */
export function linesOf(text: string, path: string): Line[] {
  const lines = text.split(/\r\n|\n|\r/);
  const full = lines.map((line, i) => ({ number: i + 1, text: line })).filter(({ text }) => text.trim() !== '');
  if (full.length > 0) return full;
  throw new PumaError('E_TEXT', `${path} holds no text`, 'Write one text a line.');
}

/** A text to classify must have something in it. */
export function checkText(text: string, what = 'the text'): string {
  if (text.trim() !== '') return text;
  throw new PumaError('E_TEXT', `${what} is empty`, 'Give a text of at least one word.');
}

function notUtf8(path: string, bytes: Uint8Array): never {
  const offset = firstBadByte(bytes);
  let line = 1;
  for (let i = 0; i < offset; i++) if (bytes[i] === 0x0a) line++;
  const message = `${path} is not UTF-8: line ${line}, byte ${offset} (0x${bytes[offset]!.toString(16).padStart(2, '0')})`;
  throw new PumaError('E_TEXT', message, 'Convert it, for example: iconv -f latin1 -t utf-8 FILE');
}

/** Offset of the first byte that is not part of a whole UTF-8 character. */
function firstBadByte(bytes: Uint8Array): number {
  let from = 0;
  let to = bytes.length;
  // The longest prefix that decodes, where a character cut off at its end counts as decoded.
  while (to - from > 1) {
    const middle = (from + to) >> 1;
    if (decodes(bytes.subarray(0, middle))) from = middle;
    else to = middle;
  }
  return startOfCharacter(bytes, from);
}

function decodes(prefix: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(prefix, { stream: true });
    return true;
  } catch {
    return false;
  }
}

/** Back from the end of a good prefix over a character that it cuts off. */
function startOfCharacter(bytes: Uint8Array, end: number): number {
  for (let back = 1; back <= 3 && back <= end; back++) {
    const byte = bytes[end - back]!;
    if (byte >= 0xc0) return needs(byte) > back ? end - back : end;
    if (byte < 0x80) return end;
  }
  return end;
}

function needs(lead: number): number {
  return lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
}
