import type { FileHandle } from 'node:fs/promises';
import { PumaError } from '../errors.ts';
import { io, openFile, quote, readFull, showShape, sizeOf } from '../files/io.ts';
import { loadKernels } from '../kernels/index.ts';
import type { Kernels } from '../kernels/kernels.ts';
import type { Tensor } from '../models/model.ts';
import { DTYPE_BYTES, type Entry, type Header, isKnown, parseHeader, parseLength } from './safetensors-header.ts';

/** Reads tensors of a safetensors file by name, straight from the disk: the file is never in memory as a whole. */
export interface Safetensors {
  readonly path: string;
  readonly names: ReadonlySet<string>;
  readonly metadata: ReadonlyMap<string, string>;
  entry(name: string): Entry;
  /** A tensor of floats (F64, F32, F16, BF16). With `shape`, refuses another one; `who` expects it, in the message. */
  readFloat(name: string, shape?: readonly number[], who?: string): Promise<Tensor>;
  /** Raw bytes of a tensor, from `offset` in it. */
  readBytes(name: string, offset?: number, length?: number): Promise<Uint8Array>;
  /** Fills `into` with raw bytes of a tensor, from `offset` in it. */
  readInto(name: string, offset: number, into: Uint8Array): Promise<void>;
  /** When the file was last written to, in ns. */
  modified(): Promise<bigint>;
  close(): Promise<void>;
}

/** The kernels that widen floats. */
export type Widen = Pick<Kernels, 'halfToFloat' | 'bfloatToFloat'>;

export async function openSafetensors(path: string, kernels: Widen = loadKernels()): Promise<Safetensors> {
  const file = await openFile(path);
  try {
    const { header, start } = await readHeader(file, path);
    return new Reader(path, file, header, start, kernels);
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function readHeader(file: FileHandle, path: string): Promise<{ header: Header; start: number }> {
  const { size } = await io('read', path, () => file.stat());
  if (size < 8) {
    const message = `${path}: the file has ${size} bytes; a safetensors file has at least 8`;
    throw new PumaError('E_SAFETENSORS', message, 'The file is damaged or no safetensors file: fetch it again.');
  }
  const length = parseLength(await readAt(file, path, 0, 8), size - 8, path);
  const start = 8 + length;
  return { header: parseHeader(await readAt(file, path, 8, length), size - start, path), start };
}

class Reader implements Safetensors {
  readonly names: ReadonlySet<string>;
  readonly metadata: ReadonlyMap<string, string>;

  constructor(
    readonly path: string,
    private readonly file: FileHandle,
    private readonly header: Header,
    private readonly start: number,
    private readonly kernels: Widen,
  ) {
    this.names = new Set(header.entries.keys());
    this.metadata = header.metadata;
  }

  entry(name: string): Entry {
    const entry = this.header.entries.get(name);
    if (entry) return entry;
    throw new PumaError(
      'E_TENSOR',
      `${this.path} has no tensor ${quote(name)}`,
      'Check that the checkpoint fits the model.',
    );
  }

  async readFloat(name: string, shape?: readonly number[], who = 'the model'): Promise<Tensor> {
    const entry = this.entry(name);
    if (shape && String(shape) !== String(entry.shape)) {
      const message = `${name} is ${showShape(entry.shape)}; ${who} expects ${showShape(shape)}`;
      throw new PumaError('E_SHAPE', message, `The weights in ${this.path} do not fit the model's configuration.`);
    }
    const { dtype } = entry;
    const widen = this.wideners[dtype as keyof typeof this.wideners];
    if (!widen || !isKnown(dtype)) throw this.unread(name, dtype);
    const data = allocate(sizeOf(entry.shape), name);
    const width = DTYPE_BYTES[dtype];
    for (let from = 0; from < data.length; from += CHUNK) {
      const part = data.subarray(from, from + CHUNK);
      widen(part, await this.readBytes(name, from * width, part.length * width));
    }
    return { shape: entry.shape, data };
  }

  async readBytes(name: string, offset = 0, length?: number): Promise<Uint8Array> {
    const { begin, end } = this.entry(name);
    const count = length ?? end - begin - offset;
    return readAt(this.file, this.path, this.position(name, offset, count), count);
  }

  async readInto(name: string, offset: number, into: Uint8Array): Promise<void> {
    await fillAt(this.file, this.path, this.position(name, offset, into.length), into);
  }

  async modified(): Promise<bigint> {
    return (await io('read', this.path, () => this.file.stat({ bigint: true }))).mtimeNs;
  }

  /** In the file, of `count` bytes of a tensor. */
  private position(name: string, offset: number, count: number): number {
    const { begin, end } = this.entry(name);
    if (offset < 0 || count < 0 || begin + offset + count > end) {
      throw new RangeError(`internal: bytes ${offset} + ${count} are not all in ${name}`);
    }
    return this.start + begin + offset;
  }

  close(): Promise<void> {
    return this.file.close();
  }

  /** Turn bytes of a dtype into floats. */
  private readonly wideners = {
    F64: (out: Float32Array, { buffer }: Uint8Array) => out.set(new Float64Array(buffer, 0, out.length)),
    F32: (out: Float32Array, { buffer }: Uint8Array) => out.set(new Float32Array(buffer, 0, out.length)),
    F16: (out: Float32Array, { buffer }: Uint8Array) =>
      this.kernels.halfToFloat(out, new Uint16Array(buffer, 0, out.length)),
    BF16: (out: Float32Array, { buffer }: Uint8Array) =>
      this.kernels.bfloatToFloat(out, new Uint16Array(buffer, 0, out.length)),
  };

  private unread(name: string, dtype: string): PumaError {
    const message = `${this.path}: tensor ${quote(name)} is ${dtype}; weights are read from F64, F32, F16 or BF16`;
    return new PumaError('E_SAFETENSORS', message, 'Quantised checkpoints are not supported: use the float one.');
  }
}

/** Elements converted at a time: what is in memory beside the result. */
const CHUNK = 1 << 22;

/** Floats for a tensor; throws E_MEMORY. */
export function allocate(elements: number, name: string): Float32Array {
  try {
    return new Float32Array(elements);
  } catch {
    throw new PumaError(
      'E_MEMORY',
      `tensor ${quote(name)} of ${elements} elements does not fit in memory`,
      undefined,
      1,
    );
  }
}

/** Exactly `length` bytes in a buffer of their own, so that wider views of it are aligned. */
async function readAt(file: FileHandle, path: string, position: number, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  await fillAt(file, path, position, bytes);
  return bytes;
}

async function fillAt(file: FileHandle, path: string, position: number, into: Uint8Array): Promise<void> {
  if (await io('read', path, () => readFull(file, into, position))) return;
  throw new PumaError(
    'E_SAFETENSORS',
    `${path} was cut short while it was read`,
    'Let its download finish, then try again.',
  );
}
