import { createHash } from 'node:crypto';
import { PumaError } from '../errors.ts';
import { quote } from '../files/io.ts';
import type { Safetensors } from '../loaders/safetensors.ts';
import { bytesOfChunk, type Chunk, chunkAt, countChunks, type Grid, gridOf } from './chunks.ts';
import type { Manifest, SharedTensor } from './manifest.ts';

/** A tensor of the manifest; `index` is its number, which its masks are made from (maskLabel). */
export type Entry = SharedTensor & {
  index: number;
  grid: Grid;
  /** Its first chunk, and how many it has: chunks of all tensors are numbered through. */
  start: number;
  chunks: number;
};

/**
 * Chunks of masked.safetensors, and whether they are sound. The sum of a chunk is checked when the chunk is first used, and again
 * after the file was written to, as its time of modification tells: no altered byte is computed with. (Who may write to the file
 * and set that time back can alter a chunk between two uses; but who can do that to an evaluator can as well replace its program.)
 */
export class SoundChunks {
  readonly entries: readonly Entry[];
  private readonly owners: readonly Entry[];
  private readonly salt: Buffer;
  /** Of every chunk: 1 once its sum was right. */
  private readonly sound: Uint8Array;
  /** When the file was written to that bytes are of; nothing if that may have been while they were read. */
  private readonly dates = new WeakMap<Uint8Array, bigint>();

  private constructor(
    readonly file: Safetensors,
    private readonly manifest: Manifest,
    private modified: bigint,
  ) {
    let start = 0;
    this.entries = manifest.tensors.map((tensor, index) => {
      const grid = gridOf(tensor.shape);
      const chunks = countChunks(grid, manifest.chunkLanes);
      start += chunks;
      return { ...tensor, index, grid, chunks, start: start - chunks };
    });
    this.owners = this.entries.flatMap((entry) => new Array<Entry>(entry.chunks).fill(entry));
    this.sound = new Uint8Array(start);
    this.salt = Buffer.from(file.metadata.get('salt') ?? '', 'hex');
  }

  static async open(file: Safetensors, manifest: Manifest): Promise<SoundChunks> {
    return new SoundChunks(file, manifest, await file.modified());
  }

  /** The tensor that chunk `number` is of. */
  owner(number: number): Entry {
    return this.owners[number]!;
  }

  /** What chunk `number` is of its tensor. */
  chunk(number: number): Chunk {
    const { grid, start } = this.owner(number);
    return chunkAt(grid, this.manifest.chunkLanes, number - start);
  }

  /** Packed bytes of a chunk. */
  bytes(number: number): number {
    return bytesOfChunk(this.chunk(number), this.owner(number).bits).length;
  }

  /** Reads a chunk to the start of `into`. -> the part that it fills; not for use before check() */
  async read(number: number, into: Uint8Array): Promise<Uint8Array> {
    const { name, bits } = this.owner(number);
    const { offset, length } = bytesOfChunk(this.chunk(number), bits);
    const packed = into.subarray(0, length);
    const before = this.modified;
    await this.file.readInto(name, offset, packed);
    const after = await this.file.modified();
    if (after === before) this.dates.set(packed, after);
    if (after !== this.modified) this.sound.fill(0);
    this.modified = after;
    return packed;
  }

  /** Throws E_TAMPERED when these bytes, as read() gave them, are not those that were shared. */
  check(number: number, packed: Uint8Array): void {
    const current = this.dates.get(packed) === this.modified;
    if (current && this.sound[number]) return;
    const { name, sums, start } = this.owner(number);
    if (createHash('sha256').update(this.salt).update(packed).digest('hex') !== sums[number - start]) {
      throw tampered(`${this.file.path}: tensor ${quote(name)} was altered: its SHA-256 is not the manifest's`);
    }
    if (current) this.sound[number] = 1;
  }
}

export function tampered(message: string): PumaError {
  return new PumaError('E_TAMPERED', message, 'Copy the folder again from the run of share-weights that made it.');
}
