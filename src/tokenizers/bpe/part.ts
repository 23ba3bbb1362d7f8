import { z } from 'zod';

/** A part of tokenizer.json: what kind it is, and its settings, which whoever builds it checks. */
export const Part = z.looseObject({ type: z.string() });
export type Part = z.infer<typeof Part>;

/** A tokenizer that cannot be had exactly; whoever opens it says where. */
export class Unsupported extends Error {}

export function unsupported(kind: string, type: string): never {
  throw new Unsupported(`the ${kind} ${type} is not supported for byte-pair tokenizers`);
}
