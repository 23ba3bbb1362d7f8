import { z } from 'zod';
import type { AddedToken } from './json.ts';

const Flag = z
  .boolean()
  .nullish()
  .transform((flag) => flag ?? false);

/** A token with a description, as tokenizer.json and its neighbours write it. */
export const Described = z.object({
  content: z.string(),
  single_word: Flag,
  lstrip: Flag,
  rstrip: Flag,
  normalized: z
    .boolean()
    .nullish()
    .transform((flag) => flag ?? undefined),
  special: Flag,
});

/** A token by its text alone is a special one. */
export const Token = z.union([
  z.string().transform(
    (content): AddedToken => ({
      ...{ content, single_word: false, lstrip: false, rstrip: false, special: true },
    }),
  ),
  Described,
]);

export const LARGEST_ID = 10_000_000;
export const Id = z.int().min(0).max(LARGEST_ID);

/** Keys that are ids: "32000". */
export const ById = z.record(z.string().regex(/^\d{1,8}$/), Described);
