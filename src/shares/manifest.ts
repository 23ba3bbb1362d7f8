import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { z } from 'zod';
import { PumaError } from '../errors.ts';
import { io, sizeOf } from '../files/io.ts';
import { canonicalJson, firstIssue, isObject, readJson } from '../files/json.ts';
import { ModelRing } from '../rings/schema.ts';
import { countChunks, gridOf } from './chunks.ts';

/**
 * What the three parties know of shared weights: the same bytes in each party's folder, public but for whom they concern.
 * Of the weights it tells the rings alone: powers of two that values stay below. In particular the sums are salted (share-layout.ts): the dealer knows every mask, so the
 * plain sum of a short masked tensor would let it test guesses of that tensor.
 */
export type Manifest = z.infer<typeof Manifest>;

export const MANIFEST_FORMAT = 'puma-shares/2';

const Sum = z.string().regex(/^[0-9a-f]{64}$/, 'not a SHA-256 sum');
const Extent = z.int().nonnegative();

export const SharedTensor = z.strictObject({
  name: z.string().min(1),
  kind: z.enum(['matrix', 'table', 'vector']),
  shape: z.array(Extent).refine((shape) => Number.isSafeInteger(sizeOf(shape) * 8), 'too large'),
  bits: z.int().min(1).max(64),
  frac: z.int().min(0).max(62),
  /** Rows of a table that are not finite in the checkpoint: they are shared as zeros, and texts with them are refused. */
  unusable: z.array(Extent).optional(),
  /** SHA-256 of salt and packed bytes, a chunk each (share-chunks.ts). */
  sums: z.array(Sum),
});

export type SharedTensor = z.infer<typeof SharedTensor>;

const Manifest = z
  .strictObject({
    format: z.literal(MANIFEST_FORMAT),
    /** Random: one run of share-weights. */
    id: z.string().regex(/^[0-9a-f]{32}$/, 'not 16 bytes in hex'),
    created: z.iso.datetime(),
    model: z.strictObject({ name: z.string(), architecture: z.string(), config: z.record(z.string(), z.unknown()) }),
    ring: ModelRing,
    /** The most that a client may be shown of a model that generates. */
    reveal: z.enum(['token', 'logits']),
    /**
     * Whether the owner looked at how far values go (plans/planned-model.ts): the rings are those of a plan, others that hold the same
     * values, too small for them, or nobody looked.
     */
    calibration: z.enum(['planned', 'checked', 'overridden', 'absent']).default('absent'),
    /** How tensors are cut into chunks (share-chunks.ts). */
    chunkLanes: z.int().positive(),
    tensors: z
      .array(SharedTensor)
      .refine((tensors) => new Set(tensors.map(({ name }) => name)).size === tensors.length, 'a name occurs twice'),
    /** Check values (keys.ts). */
    keys: z.strictObject({ mask1: Sum, mask2: Sum }),
    /** masked.safetensors */
    file: z.strictObject({ bytes: Extent }),
  })
  .superRefine(({ tensors, chunkLanes }, context) => {
    tensors.forEach(({ shape, sums }, t) => {
      const chunks = countChunks(gridOf(shape), chunkLanes);
      if (sums.length === chunks) return;
      const message = `${sums.length} sums for ${chunks} chunks`;
      context.addIssue({ code: 'custom', path: ['tensors', t, 'sums'], message });
    });
  });

export async function readManifest(path: string): Promise<Manifest> {
  const hint = 'Copy all files of the party from one run of share-weights.';
  const json = await readJson(path, 'E_MANIFEST', hint);
  const format = isObject(json) ? json.format : undefined;
  if (typeof format === 'string' && format !== MANIFEST_FORMAT) {
    const message = `${path} has the format ${JSON.stringify(format.slice(0, 60))}; this version reads ${MANIFEST_FORMAT}`;
    throw new PumaError('E_MANIFEST', message, 'Share the weights again with this version of Puma.');
  }
  const parsed = Manifest.safeParse(json);
  if (parsed.success) return parsed.data;
  throw new PumaError('E_MANIFEST', `${path}: ${firstIssue(parsed.error)}`, hint);
}

export function manifestText(manifest: Manifest): string {
  return `${JSON.stringify(manifest, null, 1)}\n`;
}

export async function writeManifest(path: string, manifest: Manifest): Promise<void> {
  await io('write', path, () => writeFile(path, manifestText(manifest), { flag: 'wx', mode: 0o600 }));
}

/** What parties compare before they start: SHA-256 of the manifest, whatever the order of its keys or its white space. */
export function manifestDigest(manifest: Manifest): string {
  return createHash('sha256').update(canonicalJson(manifest)).digest('hex');
}
