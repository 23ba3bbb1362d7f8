import { Buffers } from './buffers.ts';
import { nonsense } from './ending.ts';
import type { Sink } from './intake.ts';
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

/** Less than this of a payload is read together with what follows it, and copied. */
const DIRECT_BYTES = 1 << 14;
const ROOM_BYTES = 1 << 16;

/**
 * Cuts a stream of bytes into frames, however it was chunked. Each payload has memory of its own, so that views of any element type can
 * be made on it and a small message never keeps a large chunk alive. Bytes that are read to where room() says are not copied.
 */
export class FrameDecoder implements Sink {
  readonly #header = Buffer.alloc(HEADER_BYTES);
  readonly #room = new Uint8Array(ROOM_BYTES);
  #headerBytes = 0;
  #payload: Uint8Array | undefined;
  #payloadBytes = 0;
  /** The rest of a payload, where the next bytes are put. */
  #direct: Uint8Array | undefined;

  constructor(
    readonly peer: string,
    readonly deliver: (label: Label, payload: Uint8Array) => void,
    readonly limit: number = MAX_FRAME,
    readonly buffers = new Buffers(),
  ) {}

  /** The rest of a long payload; else a place that what is read is copied from. */
  room(): Uint8Array {
    const left = this.#payload ? this.#payload.byteLength - this.#payloadBytes : 0;
    this.#direct = left < DIRECT_BYTES ? undefined : this.#payload!.subarray(this.#payloadBytes);
    return this.#direct ?? this.#room;
  }

  /** Delivers every frame that these bytes complete. Throws E_PROTOCOL on a length that cannot be; then give up. */
  filled(room: Uint8Array, bytes: number): void {
    if (room === this.#direct) this.#advance(this.#payload!, bytes);
    else this.push(room.subarray(0, bytes));
  }

  /** The same for bytes that are copied. */
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
      this.#payload = this.buffers.take(header.readUInt32LE(0) - LABEL_BYTES);
      this.#payloadBytes = 0;
      this.#advance(this.#payload, 0);
    }
    return at;
  }

  #fillPayload(chunk: Uint8Array, from: number): number {
    const payload = this.#payload!;
    const bytes = Math.min(chunk.length - from, payload.byteLength - this.#payloadBytes);
    payload.set(from === 0 && bytes === chunk.length ? chunk : chunk.subarray(from, from + bytes), this.#payloadBytes);
    this.#advance(payload, bytes);
    return from + bytes;
  }

  #advance(payload: Uint8Array, bytes: number): void {
    this.#payloadBytes += bytes;
    if (this.#payloadBytes < payload.byteLength) return;
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
