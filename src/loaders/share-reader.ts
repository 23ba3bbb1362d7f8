import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { PumaError } from '../errors.ts';
import { loadKernels } from '../kernels/index.ts';
import type { Kernels, Lanes } from '../kernels/kernels.ts';
import { io, quote, sizeOf } from './io.ts';
import { type Key, readKey } from './keys.ts';
import { type Manifest, manifestDigest, readManifest, type SharedTensor } from './manifest.ts';
import { openSafetensors, type Safetensors } from './safetensors.ts';
import { findPartyFolder } from './share-folder.ts';
import {
  CHUNK_LANES,
  keyFile,
  MANIFEST_FILE,
  MASKED_FILE,
  packedBytes,
  packedEntry,
  type Role,
} from './share-layout.ts';

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
  /** The masked weights of a tensor. Its sum is checked first: no altered byte is ever computed with. */
  tensor(name: string): Promise<MaskedTensor>;
};

/** m = x + l1 + l2 mod 2^bits; `index` is the tensor's number, which its masks are made from (maskLabel). */
export type MaskedTensor = { index: number; shape: readonly number[]; bits: number; frac: number; m: Lanes };

export type UnpackKernels = Pick<Kernels, 'unpack'>;

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
  const reader = new MaskedReader(masked, manifest, kernels ?? loadKernels());
  return { ...common, role, key: own, tensor: (name) => reader.tensor(name), close: () => masked.close() };
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

class MaskedReader {
  private readonly index: ReadonlyMap<string, number>;
  private readonly salt: Buffer;

  constructor(
    private readonly masked: Safetensors,
    private readonly manifest: Manifest,
    private readonly kernels: UnpackKernels,
  ) {
    this.index = new Map(manifest.tensors.map(({ name }, t) => [name, t]));
    this.salt = Buffer.from(masked.metadata.get('salt') ?? '', 'hex');
  }

  async tensor(name: string): Promise<MaskedTensor> {
    const index = this.index.get(name);
    const tensor = index === undefined ? undefined : this.manifest.tensors[index];
    if (index === undefined || !tensor) {
      const hint = 'The shares are of another model: share the weights again.';
      throw new PumaError('E_TENSOR', `${this.masked.path} has no tensor ${quote(name)}`, hint);
    }
    const { shape, bits, frac } = tensor;
    return { index, shape, bits, frac, m: await this.read(tensor) };
  }

  /** Reads, sums and unpacks in chunks; only the lanes are in memory as a whole. */
  private async read({ name, shape, bits, sha256 }: SharedTensor): Promise<Lanes> {
    const lanes = new BigUint64Array(sizeOf(shape));
    const sum = createHash('sha256').update(this.salt);
    for (let from = 0; from < lanes.length; from += CHUNK_LANES) {
      const part = lanes.subarray(from, from + CHUNK_LANES);
      const packed = await this.masked.readBytes(name, packedBytes(from, bits), packedBytes(part.length, bits));
      sum.update(packed);
      this.kernels.unpack(part, packed, bits);
    }
    if (sum.digest('hex') === sha256) return lanes;
    throw tampered(`${this.masked.path}: tensor ${quote(name)} was altered: its SHA-256 is not the manifest's`);
  }
}

function tampered(message: string): PumaError {
  return new PumaError('E_TAMPERED', message, 'Copy the folder again from the run of share-weights that made it.');
}
