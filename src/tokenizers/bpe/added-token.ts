import { z } from 'zod';

/** A token that is found in a text before anything else is done with it. */
export const AddedToken = z.object({
  content: z.string(),
  /** Left out of decoded texts. */
  special: z.boolean().default(false),
  /** Is looked for in the normalised text. */
  normalized: z.boolean().optional(),
  /** Takes in the white space before it, or after it. */
  lstrip: z.boolean().default(false),
  rstrip: z.boolean().default(false),
  /** Is no part of a longer word. */
  single_word: z.boolean().default(false),
});

export type AddedToken = z.infer<typeof AddedToken>;
