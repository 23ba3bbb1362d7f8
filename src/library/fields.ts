/** Options, checked: schemas of the fields, which the commands share. Whoever is wrong is told which field, and what it takes. */
import { z } from 'zod';
import { PumaError } from '../errors.ts';
import { quote } from '../files/io.ts';
import { type Network, readNetwork } from '../transport/shaped.ts';

/** A field that holds for some values. `takes` says for which, after 'Give' or 'It must be'. */
export const field = <T>(takes: string, holds: (value: unknown) => boolean): z.ZodType<T, T> =>
  z.custom<T>(holds, { error: takes });

export const whole = (least = 1): z.ZodType<number, number> =>
  field(`a whole number from ${least} on`, (x) => Number.isSafeInteger(x) && (x as number) >= least);

export const number = (least: number, most: number): z.ZodType<number, number> =>
  field(`a number from ${least} to ${most}`, (x) => typeof x === 'number' && x >= least && x <= most);

export const positive: z.ZodType<number, number> = field(
  'a number above 0',
  (x) => typeof x === 'number' && x > 0 && Number.isFinite(x),
);

export const flag: z.ZodType<boolean, boolean> = field('true or false', (x) => typeof x === 'boolean');

export const text: z.ZodType<string, string> = field('a string', (x) => typeof x === 'string');

/** Texts that another text may hold. */
export const parts: z.ZodType<readonly string[], readonly string[]> = field(
  'a list of texts that are not empty',
  (x) => Array.isArray(x) && x.every((part) => typeof part === 'string' && part !== ''),
);

export const list: z.ZodType<unknown[], unknown[]> = field('a list', Array.isArray);

export const choice = <const T extends string>(...names: readonly T[]): z.ZodType<T, T> =>
  field(names.map((name) => `'${name}'`).join(' or '), (x) => names.includes(x as T));

export const network: z.ZodType<Network, string> = z
  .custom<string>((x) => typeof x === 'string' && readNetwork(x) !== undefined, {
    error: 'lan, wan, or a round trip and a bandwidth: 10ms,1Gbit',
  })
  .transform((x) => readNetwork(x)!);

/** An object that has this method. */
export const object = <T>(takes: string, method: string): z.ZodType<T, T> =>
  field(takes, (x) => typeof x === 'object' && x !== null && method in x);

export const signal = object<AbortSignal>('an AbortSignal', 'throwIfAborted');

export const callback: z.ZodType = field('a function', (x) => typeof x === 'function');

/** Checked where it is used. */
export const anything = z.unknown();

/** A schema for each field of a type. */
export type Fields<T> = { readonly [K in keyof Required<T>]: z.ZodType };

/** Fields of several types: every option of a union. */
export type AllOf<T> = T extends unknown ? keyof T : never;

/** Throws E_OPTION for an option that there is not, or that holds something else. Options that are undefined are left out. */
export function checkOptions(fields: Readonly<Record<string, z.ZodType>>, options: unknown): void {
  if (typeof options !== 'object' || options === null) {
    throw new PumaError('E_OPTION', `options are ${shown(options)}`, 'Give an object.');
  }
  for (const [name, value] of Object.entries(options)) {
    if (!Object.hasOwn(fields, name)) {
      throw new PumaError(
        'E_OPTION',
        `there is no option ${quote(name)}`,
        `Options: ${Object.keys(fields).join(', ')}.`,
      );
    }
    if (value === undefined) continue;
    const wrong = fields[name]!.safeParse(value).error;
    if (wrong) throw new PumaError('E_OPTION', `${name} is ${shown(value)}`, `Give ${wrong.issues[0]!.message}.`);
  }
}

function shown(value: unknown): string {
  if (typeof value === 'string') return quote(value);
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'a list' : 'an object';
  return typeof value === 'function' ? 'a function' : String(value);
}
