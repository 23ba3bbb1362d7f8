import type { z } from 'zod';
import { PumaError, type Words } from '../errors.ts';
import { readSmall } from './io.ts';

/** A configuration file is a few kB; a tokenizer a few MB. Anything past this is not one of them. */
const JSON_LIMIT = 100_000_000;

/** Reads and parses a JSON file. What is wrong with it is said with `code`. */
export async function readJson(path: string, code: string, hint: string | Words): Promise<unknown> {
  const text = utf8(await readSmall(path, JSON_LIMIT));
  if (text === undefined) throw new PumaError(code, `${path} is not UTF-8 text`, hint);
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new PumaError(code, `${path} is not JSON: ${oneLine((error as Error).message)}`, hint);
  }
}

/** The value of a JSON text; undefined when it is none. */
export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Strictly decoded text, or undefined when the bytes are not UTF-8. */
export function utf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** Where and what the first problem is, in one line. */
export function firstIssue(error: z.ZodError): string {
  const { path, message } = error.issues[0]!;
  return path.length > 0 ? `${path.join('.')}: ${message}` : message;
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * The first key that an object of this (valid) JSON text holds twice, or undefined. JSON.parse would keep the last one
 * silently, so that two readers of a file could see two different files.
 */
export function duplicateKey(json: string): string | undefined {
  const open: Set<string>[] = [];
  for (let i = 0; i < json.length; i++) {
    const c = json[i];
    if (c === '{') open.push(new Set());
    else if (c === '}') open.pop();
    else if (c === '"') {
      const end = endOfString(json, i);
      if (isKey(json, end)) {
        const key: string = JSON.parse(json.slice(i, end));
        const seen = open.at(-1)!;
        if (seen.has(key)) return key;
        seen.add(key);
      }
      i = end - 1;
    }
  }
  return undefined;
}

/** Index after the closing quote of the string that starts at `i`. */
function endOfString(json: string, i: number): number {
  for (let j = i + 1; ; j++) {
    if (json[j] === '\\') j++;
    else if (json[j] === '"') return j + 1;
  }
}

function isKey(json: string, end: number): boolean {
  while (' \t\n\r'.includes(json[end] ?? 'x')) end++;
  return json[end] === ':';
}

/** JSON with the keys of every object sorted: the same value always gives the same text. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner) =>
    isObject(inner) ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1))) : inner,
  );
}

function oneLine(message: string): string {
  const line = message.replace(/\s+/g, ' ');
  return line.length > 160 ? `${line.slice(0, 157)}...` : line;
}
