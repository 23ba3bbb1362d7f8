/** Arguments of options, checked by the library's own fields. */
import { InvalidArgumentError } from 'commander';
import type { z } from 'zod';

function checked<T>(field: z.ZodType, value: T): T {
  const wrong = field.safeParse(value).error;
  if (wrong) throw new InvalidArgumentError(`It must be ${wrong.issues[0]!.message}.`);
  return value;
}

/** A text as the field takes it. */
export const textFor =
  (field: z.ZodType) =>
  (text: string): string =>
    checked(field, text);

/** A number as the field takes it, written in digits. */
export const numberFor =
  (field: z.ZodType) =>
  (text: string): number =>
    checked(field, /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text.trim()) ? Number(text) : Number.NaN);

/** For an option that may be given several times. */
export const each = (value: string, before: string[] = []): string[] => [...before, value];
