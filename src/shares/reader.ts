import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { io, quote } from '../files/io.ts';
import { type Key, readKey } from '../files/keys.ts';
import { loadKernels } from '../kernels/index.ts';
import { openSafetensors, type Safetensors } from '../loaders/safetensors.ts';
import type { Role } from '../transport/address.ts';
import type { Chunk } from './chunks.ts';
import { findPartyFolder } from './folder.ts';
import { keyFile, MANIFEST_FILE, MASKED_FILE, packedEntry } from './layout.ts';
import { type Manifest, manifestDigest, readManifest } from './manifest.ts';
import { MaskedReader, type MaskedTensor, type UnpackKernels } from './masked.ts';
import { SoundChunks, tampered } from './sound.ts';

type Common = {
  manifest: Manifest;
  /** What parties compare before they start. */
  digest: string;
  close(): Promise<void>;
};

export type DealerShares = Common & { role: 0; keys: readonly [mask1: Key, mask2: Key] };

export type EvaluatorShares = Common & {
  role: 1 | 2;
  key: Key;
  /** The masked weights of a tensor, or of some of its rows. Sums are checked first: no altered byte is ever computed with. */
  tensor(name: string, from?: number, count?: number): Promise<MaskedTensor>;
  /**
   * Calls `use` with the packed chunks of a matrix or table, from the first to the last, checked likewise; the bytes are good until it
   * returns. Tensors asked for at the same time take turns.
   */
  stream(name: string, use: (packed: Uint8Array, chunk: Chunk) => void): Promise<void>;
};

/** Opens a party's own share folder and no other; `folder` may also be the one with all three. */
export async function openShares(folder: string, role: 0): Promise<DealerShares>;
export async function openShares(folder: string, role: 1 | 2, kernels?: UnpackKernels): Promise<EvaluatorShares>;
export async function openShares(
  folder: string,
  role: Role,
  kernels?: UnpackKernels,
): Promise<DealerShares | EvaluatorShares> {
  const path = await findPartyFolder(folder, role);
  const manifest = await readManifest(join(path, MANIFEST_FILE));
  const common = { manifest, digest: manifestDigest(manifest) };
  const key = (i: 1 | 2) => readKey(join(path, keyFile(i)), manifest.keys[`mask${i}`]);
  if (role === 0) return { ...common, role, keys: [await key(1), await key(2)], close: async () => {} };

  const own = await key(role);
  const masked = await openMasked(join(path, MASKED_FILE), manifest);
  const reader = new MaskedReader(await SoundChunks.open(masked, manifest), kernels ?? loadKernels());
  return {
    ...common,
    role,
    key: own,
    tensor: (name, from, count) => reader.tensor(name, from, count),
    stream: (name, use) => reader.stream(name, use),
    close: () => reader.close(),
  };
}

/** Opens masked.safetensors and holds its header against the manifest. */
async function openMasked(path: string, manifest: Manifest): Promise<Safetensors> {
  const { size } = await io('read', path, () => stat(path));
  if (size !== manifest.file.bytes) {
    throw tampered(`${path} has ${size} bytes; the manifest says ${manifest.file.bytes}`);
  }
  const masked = await openSafetensors(path);
  try {
    for (const tensor of manifest.tensors) {
      const entry = masked.names.has(tensor.name) ? masked.entry(tensor.name) : undefined;
      if (entry?.dtype !== 'U8' || String(entry.shape) !== String(packedEntry(tensor).shape)) {
        throw tampered(`${path}: tensor ${quote(tensor.name)} is not there as the manifest says`);
      }
    }
    return masked;
  } catch (error) {
    await masked.close();
    throw error;
  }
}
