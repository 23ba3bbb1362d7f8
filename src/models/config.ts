import { z } from 'zod';
import { PumaError } from '../errors.ts';
import { shown } from './keys/table.ts';

const POSITIVE = 'expected a positive integer';

export const positiveInteger = z.int(POSITIVE).positive(POSITIVE);

const ABOVE_ZERO = 'expected a positive number';

export const positiveNumber = z.number(ABOVE_ZERO).positive(ABOVE_ZERO);

export const flag = z.boolean('expected true or false');

/** A key that may only have one value, because the others mean something we do not compute. */
export const only = (value: string | boolean | null, why: string) =>
  z.literal(value, `expected ${JSON.stringify(value)}: ${why}`).optional();

/** For a refinement: a key that must be a multiple of another, both as they stand in config.json. */
export const multipleOf = (key: string, of: string) => ({
  path: [key],
  error: (issue: { input?: unknown }) =>
    `expected a multiple of ${of} (${(issue.input as Record<string, unknown>)[of]})`,
});

/** Checks a parsed config.json. Throws E_CONFIG with one line per mistake, each naming its key. */
export function parseConfig<S extends z.ZodType>(schema: S, config: unknown): z.output<S> {
  if (config === null || typeof config !== 'object' || Array.isArray(config)) {
    throw new PumaError('E_CONFIG', `config.json: expected an object, got ${shown(config)}`);
  }
  const parsed = schema.safeParse(config);
  if (parsed.success) return parsed.data;
  const lines = parsed.error.issues.map((issue) => mistake(config, issue));
  throw new PumaError('E_CONFIG', [...new Set(lines)].join('\n'), 'use the config.json that came with the checkpoint');
}

function mistake(config: object, issue: z.core.$ZodIssue): string {
  const key = issue.path.join('.');
  const value = issue.path.reduce<unknown>((inner, step) => (inner as Record<PropertyKey, unknown>)?.[step], config);
  return `config.json: ${key} ${value === undefined ? 'is missing' : `is ${shown(value)}, ${issue.message}`}`;
}

/** A config.json with a value under a class's own names of keys where it stands under others, which count before them: [own name, other]. */
export function withAliases(config: unknown, aliases: Readonly<Record<string, string>>): unknown {
  if (typeof config !== 'object' || config === null || Array.isArray(config)) return config;
  const given = config as Record<string, unknown>;
  const found = Object.entries(aliases).filter(([, alias]) => Object.hasOwn(given, alias));
  return { ...given, ...Object.fromEntries(found.map(([name, alias]) => [name, given[alias]])) };
}
