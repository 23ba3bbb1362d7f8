import { randomBytes } from 'node:crypto';
import { constants, copyFile, link, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { io } from '../files/io.ts';
import { checkValue, type Key, makeKey, writeKey } from '../files/keys.ts';
import { checkSpace, type FreeBytes, freeBytes, newFolder } from '../files/new-folder.ts';
import { loadKernels } from '../kernels/index.ts';
import type { PlannedTensor, ReadTensor } from '../models/model.ts';
import { clearUnusable, refuseNotFinite } from '../models/plan/finite.ts';
import { storedRing } from '../rings/model-ring.ts';
import type { ModelRing } from '../rings/schema.ts';
import type { Role } from '../transport/address.ts';
import { countChunks, gridOf } from './chunks.ts';
import { whyNoShares } from './folder.ts';
import {
  CHUNK_LANES,
  keyFile,
  MANIFEST_FILE,
  MASKED_FILE,
  MASKED_FORMAT,
  packedEntry,
  partyFolder,
  SALT_BYTES,
} from './layout.ts';
import { MANIFEST_FORMAT, type Manifest, type SharedTensor, writeManifest } from './manifest.ts';
import { type MaskKernels, maskTensor, NotFinite } from './mask-tensor.ts';
import { createSafetensors, safetensorsBytes } from './safetensors-writer.ts';

export type ShareOptions = {
  plan: readonly PlannedTensor[];
  read: ReadTensor;
  model: Manifest['model'];
  ring: ModelRing;
  /** The most that a client may be shown of a model that generates: the next token unless told otherwise. */
  reveal?: Manifest['reveal'];
  /** What the owner knows of the ranges of values; 'absent' unless told otherwise. */
  calibration?: Manifest['calibration'];
  /** The folder to make; party0, party1 and party2 go into it. */
  out: string;
  /** Replace a folder of shares that is there. */
  force?: boolean;
  kernels?: MaskKernels;
  signal?: AbortSignal;
  onProgress?(progress: ShareProgress): void;
  /** About how many lanes are worked on, read and checked at a time. */
  chunkLanes?: number;
  freeBytes?: FreeBytes;
};

/** Called when a tensor is complete; bytes are those of masked.safetensors. */
export type ShareProgress = { tensor: string; done: number; count: number; bytes: number; totalBytes: number };

/** Shares the weights of a model among three folders, tensor by tensor. There is no folder unless all went well. */
export async function writeShares(options: ShareOptions): Promise<Manifest> {
  const { out, force = false } = options;
  return newFolder(out, { force, whyKeep: whyNoShares }, async (folder) => {
    const layout = options.plan.map((tensor) => describe(tensor, options.ring));
    const salt = new Uint8Array(randomBytes(SALT_BYTES));
    const metadata = { format: MASKED_FORMAT, salt: Buffer.from(salt).toString('hex') };
    const bytes = safetensorsBytes(layout.map(packedEntry), metadata);
    const free = options.freeBytes ?? freeBytes;
    await checkSpace(folder, bytes + manifestRoom(layout, options.chunkLanes), free);

    for (const role of [0, 1, 2] as const) await makeFolder(join(folder, partyFolder(role)));
    const keys = [makeKey(), makeKey()] as const;
    const masked = join(folder, partyFolder(1), MASKED_FILE);
    const written = await writeMasked(masked, layout, { salt, keys, metadata, bytes }, options);
    await linkOrCopy(masked, join(folder, partyFolder(2), MASKED_FILE), bytes, free);

    const tensors = layout.map((tensor, t) => ({ ...tensor, ...written[t]! }));
    const manifest = makeManifest(options, tensors, keys, bytes);
    for (const role of [0, 1, 2] as const) await writeParty(join(folder, partyFolder(role)), role, keys, manifest);
    return manifest;
  });
}

/** Room for manifests, keys and folders beside the weights. */
function manifestRoom(layout: readonly Description[], chunkLanes = CHUNK_LANES): number {
  const sums = layout.reduce((n, { shape }) => n + countChunks(gridOf(shape), chunkLanes), 0);
  return (64 << 10) + 3 * (512 * layout.length + 72 * sums);
}

type Description = Omit<SharedTensor, keyof Written>;

function describe({ name, kind, shape }: PlannedTensor, ring: ModelRing): Description {
  return { name, kind, shape: [...shape], ...storedRing({ name, kind }, ring) };
}

type Secrets = { salt: Uint8Array; keys: readonly [Key, Key]; metadata: Record<string, string>; bytes: number };

/** The sums of a tensor's chunks, and its rows that are not finite. */
type Written = Pick<SharedTensor, 'sums' | 'unusable'>;

/** Writes masked.safetensors; one tensor is in memory at a time. */
async function writeMasked(
  path: string,
  layout: readonly Description[],
  { salt, keys, metadata, bytes: totalBytes }: Secrets,
  { plan, read, kernels = loadKernels(), signal, onProgress, chunkLanes = CHUNK_LANES }: ShareOptions,
): Promise<Written[]> {
  const file = await createSafetensors(path, layout.map(packedEntry), metadata);
  const written: Written[] = [];
  try {
    for (const [index, tensor] of layout.entries()) {
      signal?.throwIfAborted();
      const data = await plan[index]!.build(read);
      const unusable = tensor.kind === 'table' ? clearUnusable(data, tensor.shape.at(-1)!) : [];
      const job = { ...tensor, index, data, keys, salt, chunkLanes };
      const sums = await maskTensor(job, kernels, (part) => file.append(tensor.name, part), signal).catch((error) => {
        if (error instanceof NotFinite) return refuseNotFinite(plan[index]!, read);
        throw error;
      });
      written.push({ sums, ...(unusable.length > 0 ? { unusable } : {}) });
      onProgress?.({ tensor: tensor.name, done: index + 1, count: layout.length, bytes: file.written, totalBytes });
    }
    await file.finish();
    return written;
  } catch (error) {
    await file.abandon();
    throw error;
  }
}

function makeManifest(
  { model, ring, reveal = 'token', calibration = 'absent', chunkLanes = CHUNK_LANES }: ShareOptions,
  tensors: SharedTensor[],
  [mask1, mask2]: readonly [Key, Key],
  bytes: number,
): Manifest {
  return {
    format: MANIFEST_FORMAT,
    id: randomBytes(16).toString('hex'),
    created: new Date().toISOString(),
    model,
    ring,
    reveal,
    calibration,
    chunkLanes,
    tensors,
    keys: { mask1: checkValue(mask1), mask2: checkValue(mask2) },
    file: { bytes },
  };
}

async function writeParty(folder: string, role: Role, keys: readonly [Key, Key], manifest: Manifest): Promise<void> {
  await writeManifest(join(folder, MANIFEST_FILE), manifest);
  for (const i of [1, 2] as const) {
    if (role === 0 || role === i) await writeKey(join(folder, keyFile(i)), keys[i - 1]!);
  }
}

function makeFolder(path: string): Promise<unknown> {
  return io('write', path, () => mkdir(path, { mode: 0o700 }));
}

/** The evaluators' files are the same: one file with two names where the disk can do that. */
async function linkOrCopy(from: string, to: string, bytes: number, free: FreeBytes): Promise<void> {
  try {
    await link(from, to);
  } catch {
    await checkSpace(to, bytes, () => free(from));
    await io('write', to, () => copyFile(from, to, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE));
  }
}
