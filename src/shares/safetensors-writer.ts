import { type FileHandle, open } from 'node:fs/promises';
import { ensure } from '../errors.ts';
import { io, sizeOf } from '../files/io.ts';
import { type Declaration, DTYPE_BYTES, makeHeader } from '../loaders/safetensors-header.ts';

/** Writes a safetensors file front to back: the header comes from the declared shapes, then the tensors in that order. */
export interface SafetensorsWriter {
  /** Bytes the finished file has. */
  readonly bytes: number;
  /** Bytes written so far. */
  readonly written: number;
  /** Appends bytes to tensor `name`; a tensor may come in several parts. */
  append(name: string, bytes: Uint8Array): Promise<void>;
  /** Closes the complete file. */
  finish(): Promise<void>;
  /** Closes an incomplete file; whoever gives up removes it. */
  abandon(): Promise<void>;
}

/** Creates the file, which must not exist, with mode 0600. */
export async function createSafetensors(
  path: string,
  declared: readonly Declaration[],
  metadata: Record<string, string> = {},
): Promise<SafetensorsWriter> {
  const file = await io('write', path, () => open(path, 'wx', 0o600));
  const writer = new Writer(path, file, declared, makeHeader(declared, metadata));
  try {
    await writer.start();
    return writer;
  } catch (error) {
    await writer.abandon();
    throw error;
  }
}

class Writer implements SafetensorsWriter {
  readonly bytes: number;
  written = 0;
  private current = 0;
  private left = 0;

  constructor(
    private readonly path: string,
    private readonly file: FileHandle,
    private readonly declared: readonly Declaration[],
    private readonly header: Uint8Array,
  ) {
    this.bytes = header.length + dataBytes(declared);
    this.left = bytesOf(declared[0]);
    this.skipComplete();
  }

  start(): Promise<void> {
    return this.write(this.header);
  }

  async append(name: string, bytes: Uint8Array): Promise<void> {
    if (bytes.length === 0) return;
    const turn = this.declared[this.current]?.name;
    ensure(name === turn, `${name} was appended to ${this.path} in the turn of ${turn ?? 'nothing'}`);
    ensure(bytes.length <= this.left, `${name} has more bytes than its shape says`);
    this.left -= bytes.length;
    this.skipComplete();
    await this.write(bytes);
  }

  async finish(): Promise<void> {
    ensure(
      this.current === this.declared.length,
      `${this.path} was finished before ${this.declared[this.current]?.name}`,
    );
    ensure(this.written === this.bytes, `${this.path} has ${this.written} bytes, not ${this.bytes}`);
    await io('write', this.path, () => this.file.close());
  }

  abandon(): Promise<void> {
    return this.file.close().catch(() => {});
  }

  /** Moves on to the next tensor that still wants bytes. */
  private skipComplete(): void {
    while (this.left === 0 && this.current < this.declared.length) this.left = bytesOf(this.declared[++this.current]);
  }

  private async write(bytes: Uint8Array): Promise<void> {
    for (let done = 0; done < bytes.length; ) {
      const part = bytes.subarray(done, done + WRITE_BYTES);
      const { bytesWritten } = await io('write', this.path, () => this.file.write(part, 0, part.length, this.written));
      done += bytesWritten;
      this.written += bytesWritten;
    }
  }
}

/** A write of the operating system takes less than 2 GB. */
const WRITE_BYTES = 1 << 28;

function bytesOf(tensor: Declaration | undefined): number {
  return tensor ? sizeOf(tensor.shape) * DTYPE_BYTES[tensor.dtype] : 0;
}

function dataBytes(declared: readonly Declaration[]): number {
  return declared.reduce((sum, tensor) => sum + bytesOf(tensor), 0);
}

/** Bytes that a file of these tensors will have. */
export function safetensorsBytes(declared: readonly Declaration[], metadata: Record<string, string> = {}): number {
  return makeHeader(declared, metadata).length + dataBytes(declared);
}
