/** What becomes of the keys of a config.json: one table for each family of checkpoints, beside the schema that reads them. */
import { PumaError } from '../../errors.ts';

/** What is done with a key that is there. */
export type KeyUse =
  /** The schema reads it. */
  | 'used'
  /** It changes no answer, whatever it holds: why. */
  | { harmless: string }
  /** With one of these values it means what is computed. */
  | { known: readonly unknown[] }
  /** It changes the answer in a way that is not computed: why. */
  | { refused: string };

/** By the names of keys in config.json. */
export type KeyTable = Readonly<Record<string, KeyUse>>;

export const harmless = (why: string): KeyUse => ({ harmless: why });

export const known = (...values: unknown[]): KeyUse => ({ known: values });

export const refused = (why: string): KeyUse => ({ refused: why });

/** Keys that have one use. */
export const each = (names: string, use: KeyUse): KeyTable =>
  Object.fromEntries(names.split(' ').map((name) => [name, use]));

/**
 * A line for each key that no table knows, or whose value is none of those that are known. null says nothing, as in transformers. Throws
 * E_CONFIG for a key that is refused.
 */
export function unknownKeys(file: string, json: Record<string, unknown>, tables: readonly KeyTable[]): string[] {
  return Object.entries(json).flatMap(([key, value]) => {
    const use = tables.find((table) => Object.hasOwn(table, key))?.[key];
    if (value === null || use === 'used') return [];
    if (use && 'refused' in use) throw refusedKey(file, key, value, use.refused);
    if (use && ('harmless' in use || use.known.some((fine) => same(fine, value)))) return [];
    return [unusedKey(file, key, value)];
  });
}

/** What people are told of a key that changes nothing here. */
export const unusedKey = (file: string, key: string, value: unknown): string =>
  `${file}: ${key} is not known and was not used: ${shown(value)}`;

function refusedKey(file: string, key: string, value: unknown, why: string): PumaError {
  return new PumaError('E_CONFIG', `${file}: ${key} is ${shown(value)}: ${why}`, REMEDY);
}

const REMEDY = 'use a checkpoint that was saved without it';

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

/** A value in one short line. */
export function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
