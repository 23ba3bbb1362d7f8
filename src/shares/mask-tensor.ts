import { createHash } from 'node:crypto';
import { ensure, PumaError } from '../errors.ts';
import { quote, sizeOf } from '../files/io.ts';
import type { Key } from '../files/keys.ts';
import type { Kernels } from '../kernels/kernels.ts';
import { cutRows, gridOf } from './chunks.ts';
import { MAX_LANES, maskLanes, packedBytes } from './layout.ts';
import type { SharedTensor } from './manifest.ts';

export type MaskKernels = Pick<Kernels, 'toFixed' | 'prg' | 'add' | 'packAdd'>;

export type MaskJob = Omit<SharedTensor, 'sums' | 'unusable'> & {
  /** The tensor's number. */
  index: number;
  data: Float32Array;
  keys: readonly [Key, Key];
  salt: Uint8Array;
  chunkLanes: number;
};

/** Encodes, masks and packs a tensor chunk by chunk, handing each chunk to `write`. -> the chunks' sums for the manifest */
export async function maskTensor(
  job: MaskJob,
  kernels: MaskKernels,
  write: (packed: Uint8Array) => Promise<void>,
  signal?: AbortSignal,
): Promise<string[]> {
  const { name, shape, bits, data, chunkLanes } = job;
  ensure(data.length === sizeOf(shape), `${name} was built with ${data.length} elements, not ${sizeOf(shape)}`);
  ensure(data.length <= MAX_LANES, `${name} has more elements than the counter of its masks`);
  ensure(chunkLanes > 0 && chunkLanes % 8 === 0, 'chunks are whole blocks and bytes');
  const chunks = cutRows(gridOf(shape), chunkLanes);
  const value = new BigUint64Array(chunks[0]?.lanes ?? 0);
  const mask = new BigUint64Array(value.length);
  const sums: string[] = [];
  for (const { first, lanes } of chunks) {
    signal?.throwIfAborted();
    const part = data.subarray(first, first + lanes);
    const packed = new Uint8Array(packedBytes(lanes, bits));
    maskChunk(packed, part, first, value.subarray(0, lanes), mask.subarray(0, lanes), job, kernels);
    sums.push(createHash('sha256').update(job.salt).update(packed).digest('hex'));
    await write(packed);
  }
  return sums;
}

/** packed = x + l1 + l2 mod 2^bits */
function maskChunk(
  packed: Uint8Array,
  part: Float32Array,
  from: number,
  value: BigUint64Array,
  mask: BigUint64Array,
  job: MaskJob,
  kernels: MaskKernels,
): void {
  const { index, bits, frac, keys } = job;
  const bad = kernels.toFixed(value, part, frac, bits);
  if (bad >= 0) throw outOfRange(job, from + bad, part[bad]!);
  maskLanes(mask, kernels, keys[0], index, from);
  kernels.add(value, value, mask);
  maskLanes(mask, kernels, keys[1], index, from);
  kernels.packAdd(packed, value, mask, bits);
}

function outOfRange({ name, bits, frac }: MaskJob, at: number, value: number): Error {
  if (!Number.isFinite(value)) return new NotFinite();
  const what = `too large for the ring (${bits} bits with ${frac} of fraction hold less than 2^${bits - 2 - frac})`;
  const message = `element ${at} of ${quote(name)} is ${value}: ${what}`;
  return new PumaError('E_RANGE', message, 'Choose a larger ring for this model.');
}

/** A tensor holds NaN or infinity: the writer finds out which one in the file does. */
export class NotFinite extends Error {}
