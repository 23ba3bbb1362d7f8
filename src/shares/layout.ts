import { sizeOf } from '../files/io.ts';
import type { Kernels } from '../kernels/kernels.ts';
import type { Declaration } from '../loaders/safetensors-header.ts';
import type { Role } from '../transport/address.ts';

/**
 * Share folders (docs/protocols.md, weights). An element x of tensor t is stored as m = x + l1 + l2 mod 2^bits, where l_i is lane
 * after lane of the AES-128 key stream of key i with the first counter block
 *
 *   'weight' 0 0 | t: u32 BE | 0: u32 BE
 *
 * The dealer has both keys and nothing else; evaluator i has key i and all m. So whoever has m lacks a key: m is uniform to
 * each of them. One block makes two lanes: tensors and parts of tensors never meet in a block, for chunks start at even lanes.
 */

export const MANIFEST_FILE = 'manifest.json';
export const MASKED_FILE = 'masked.safetensors';

export const keyFile = (i: 1 | 2): string => `mask${i}.key`;
export const partyFolder = (role: Role): string => `party${role}`;

/** The files of a party's folder, and no others. */
export function partyFiles(role: Role): string[] {
  return role === 0 ? [MANIFEST_FILE, keyFile(1), keyFile(2)] : [MANIFEST_FILE, keyFile(role), MASKED_FILE];
}

/**
 * Metadata of masked.safetensors. The salt goes before a chunk's bytes in its SHA-256; the dealer, who could otherwise test
 * guesses of a tensor by the sums in the manifest, never sees this file and so not the salt.
 */
export const MASKED_FORMAT = 'puma-masked/1';
export const SALT_BYTES = 16;

/** The stream label of the masks of tensor number t: the first 12 bytes of every counter block. */
export function maskLabel(t: number): Uint8Array {
  const label = new Uint8Array(12);
  label.set(new TextEncoder().encode('weight'));
  new DataView(label.buffer).setUint32(8, t);
  return label;
}

/** Masks of `out.length` lanes of tensor t, from lane `first` (even) on; not reduced. */
export function maskLanes(
  out: BigUint64Array,
  kernels: Pick<Kernels, 'prg'>,
  key: Uint8Array,
  t: number,
  first: number,
): void {
  const block = new Uint8Array(16);
  block.set(maskLabel(t));
  new DataView(block.buffer).setUint32(12, first / 2);
  kernels.prg(out, key, block);
}

/** The counter has 32 bits, and a block has two lanes. */
export const MAX_LANES = 2 ** 33;

/** About how many lanes are worked on, read and checked at a time (share-chunks.ts): 5 to 8 MB of packed weights. */
export const CHUNK_LANES = 1 << 20;

export function packedBytes(lanes: number, bits: number): number {
  // In groups of 8 lanes, so that the number of bits need not fit in a double.
  return Math.floor(lanes / 8) * bits + Math.ceil(((lanes % 8) * bits) / 8);
}

/** How a tensor's packed bytes are declared in masked.safetensors. */
export function packedEntry(tensor: { name: string; shape: readonly number[]; bits: number }): Declaration {
  return { name: tensor.name, dtype: 'U8', shape: [packedBytes(sizeOf(tensor.shape), tensor.bits)] };
}
