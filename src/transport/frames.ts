import { nonsense } from './ending.ts';
import { HEADER_BYTES, LABEL_BYTES, type Label } from './link.ts';

/** Largest frame, in bytes of label and payload. */
export const MAX_FRAME = 2 ** 31;

const LENGTH_BYTES = HEADER_BYTES - LABEL_BYTES;

/** Writes [length][label] at the start of `into`, for a payload of so many bytes. */
export function writeHeader(into: Buffer, label: Label, payloadBytes: number): void {
  into.writeUInt32LE(LABEL_BYTES + payloadBytes, 0);
  into.write(label, LENGTH_BYTES, LABEL_BYTES, 'latin1');
}

/** One whole frame, for short messages. */
export function encodeFrame(label: Label, ...parts: Uint8Array[]): Buffer {
  let bytes = HEADER_BYTES;
  for (const part of parts) bytes += part.byteLength;
  const frame = Buffer.allocUnsafe(bytes);
  writeHeader(frame, label, bytes - HEADER_BYTES);
  let at = HEADER_BYTES;
  for (const part of parts) {
    frame.set(part, at);
    at += part.byteLength;
  }
  return frame;
}

/**
 * Cuts a stream of bytes into frames, however it was chunked. Each payload is copied once, into a buffer of its own and
 * of its size, so that views of any element type can be made on it and a small message never keeps a large chunk alive.
 */
export class FrameDecoder {
  readonly #header = Buffer.alloc(HEADER_BYTES);
  #headerBytes = 0;
  #payload: Uint8Array | undefined;
  #payloadBytes = 0;

  constructor(
    readonly peer: string,
    readonly deliver: (label: Label, payload: Uint8Array) => void,
    readonly limit: number = MAX_FRAME,
  ) {}

  /** Delivers every frame that these bytes complete. Throws E_PROTOCOL on a length that cannot be; then give up. */
  push(chunk: Uint8Array): void {
    let at = 0;
    while (at < chunk.length) at = this.#payload ? this.#fillPayload(chunk, at) : this.#fillHeader(chunk, at);
  }

  #fillHeader(chunk: Uint8Array, from: number): number {
    const header = this.#header;
    let at = from;
    while (at < chunk.length && this.#headerBytes < HEADER_BYTES) {
      header[this.#headerBytes++] = chunk[at++]!;
      if (this.#headerBytes === LENGTH_BYTES) this.#checkLength();
    }
    if (this.#headerBytes === HEADER_BYTES) {
      this.#payload = allocate(header.readUInt32LE(0) - LABEL_BYTES);
      this.#payloadBytes = 0;
      if (this.#payload.byteLength === 0) this.#complete(this.#payload);
    }
    return at;
  }

  #fillPayload(chunk: Uint8Array, from: number): number {
    const payload = this.#payload!;
    const bytes = Math.min(chunk.length - from, payload.byteLength - this.#payloadBytes);
    payload.set(from === 0 && bytes === chunk.length ? chunk : chunk.subarray(from, from + bytes), this.#payloadBytes);
    this.#payloadBytes += bytes;
    if (this.#payloadBytes === payload.byteLength) this.#complete(payload);
    return from + bytes;
  }

  #complete(payload: Uint8Array): void {
    this.#payload = undefined;
    this.#headerBytes = 0;
    this.deliver(this.#header.toString('latin1', LENGTH_BYTES, HEADER_BYTES), payload);
  }

  /** As soon as the length is here: a liar must not make us wait or allocate. */
  #checkLength(): void {
    const length = this.#header.readUInt32LE(0);
    if (length < LABEL_BYTES || length > this.limit) throw nonsense(this.peer, `a frame of ${length} bytes`);
  }
}

/**
 * Own memory, not a slice of Node's shared pool: it starts at offset 0, hence aligned. A plain Uint8Array, because
 * slice() of a Buffer means something else.
 */
function allocate(bytes: number): Uint8Array {
  return new Uint8Array(Buffer.allocUnsafeSlow(bytes).buffer, 0, bytes);
}
