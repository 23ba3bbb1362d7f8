/** reference.json: what transformers computes of texts with a checkpoint (scripts/reference.py), which shares no code with us. */
import { z } from 'zod';
import { PumaError } from '../errors.ts';
import { firstIssue, isObject, readJson } from '../files/json.ts';
import { type DigestOptions, fileDigests } from '../loaders/digest.ts';
import type { ResolvedModel } from '../loaders/resolve.ts';

export const REFERENCE_FORMAT = 'puma-reference/1';

/** The most that a number may be off those of a reference, unless told otherwise. */
export const REFERENCE_TOLERANCE = 0.02;

const HINT = 'Make it again with scripts/reference.py.';

const Ids = z.array(z.int().nonnegative());

const Case = z
  .strictObject({
    /** Missing where token ids were given. */
    text: z.string().optional(),
    pair: z.string().optional(),
    ids: Ids.min(1),
    /** Missing where the tokenizer gives none: all are 0. */
    types: Ids.optional(),
    /** The text of each token. */
    tokens: z.array(z.string()).optional(),
    /** What the head gives: logits over labels or over the next token, or the pooled output. */
    output: z.array(z.number()).min(1),
    /** The tokens that follow, the likeliest each time; and how far its logit is above the next one. */
    next: Ids.min(1).optional(),
    gaps: z.array(z.number().nonnegative()).optional(),
  })
  .refine(({ pair, text }) => pair === undefined || text !== undefined, 'a pair without a text')
  .refine(({ ids, types = ids, tokens = ids }) => types.length === ids.length && tokens.length === ids.length, {
    error: 'ids, types and tokens differ in length',
  })
  .refine(({ next = [], gaps = [] }) => next.length === gaps.length, 'next and gaps differ in length');

const Reference = z.strictObject({
  format: z.literal(REFERENCE_FORMAT),
  /** Versions, and the class of the model. */
  transformers: z.string(),
  torch: z.string(),
  class: z.string(),
  /** SHA-256 of the files of the checkpoint, by name. */
  files: z.record(z.string(), z.string().regex(/^[0-9a-f]{64}$/, 'not a SHA-256 sum')),
  cases: z.array(Case).min(1),
});

export type ReferenceCase = z.infer<typeof Case>;
export type Reference = z.infer<typeof Reference>;

/** Throws E_MISSING, and E_REFERENCE for a file that is broken or of another format. */
export async function readReference(path: string): Promise<Reference> {
  const json = await readJson(path, 'E_REFERENCE', HINT);
  const format = isObject(json) ? json.format : undefined;
  if (typeof format === 'string' && format !== REFERENCE_FORMAT) {
    const found = JSON.stringify(format.slice(0, 60));
    throw new PumaError('E_REFERENCE', `${path} has the format ${found}; this version reads ${REFERENCE_FORMAT}`, HINT);
  }
  const parsed = Reference.safeParse(json);
  if (parsed.success) return parsed.data;
  throw new PumaError('E_REFERENCE', `${path}: ${firstIssue(parsed.error)}`, HINT);
}

/** Throws E_REFERENCE unless the reference is of this very checkpoint: config.json and weights, byte by byte. */
export async function checkReference(
  path: string,
  { files, cases }: Reference,
  { name, folder }: ResolvedModel,
  outputs: number,
  options: DigestOptions = {},
): Promise<void> {
  if (folder === undefined) {
    throw new PumaError('E_REFERENCE', `${name} has no files, and ${path} is of a checkpoint`, 'Give its folder.');
  }
  const ours = await fileDigests(folder, 'a reference', options);
  const other = [...new Set([...ours.keys(), ...Object.keys(files)])].find((file) => files[file] !== ours.get(file));
  const hint = 'Give the folder that it was made from, or make it from this one with scripts/reference.py.';
  if (other !== undefined) {
    throw new PumaError('E_REFERENCE', `${path} is of another checkpoint than ${name}: ${other} differs`, hint);
  }
  const wrong = cases.findIndex(({ output }) => output.length !== outputs);
  if (wrong < 0) return;
  const message = `${path}: text ${wrong + 1} has ${cases[wrong]!.output.length} numbers; ${name} gives ${outputs}`;
  throw new PumaError('E_REFERENCE', message, HINT);
}
