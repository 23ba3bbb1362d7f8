/** Any array: its memory is what matters. */
export type View = { readonly buffer: ArrayBufferLike };

/**
 * Memory that is used again. Protocols need the same few sizes of arrays over and over; fresh ones would cost more than what is
 * computed in them: pages that are touched for the first time, and a garbage collection for every few dozen megabytes.
 * What is taken and never given back is collected as any other memory. Contents are arbitrary.
 */
export class Buffers {
  readonly #idle = new Map<number, ArrayBuffer[]>();
  readonly #taken = new WeakSet<ArrayBufferLike>();
  #idleBytes = 0;

  constructor(
    /** Shorter memory is cheaper to allocate anew than to keep. */
    readonly leastBytes = 4096,
    /** What may lie idle: beyond it, memory that comes back is left to the garbage collector. */
    readonly idleBytes = 2 ** 29,
  ) {}

  /**
   * Room for so many bytes at the start of memory of its own, hence aligned. A plain Uint8Array, because slice() of a Buffer means
   * something else.
   */
  take(bytes: number): Uint8Array<ArrayBuffer> {
    if (bytes < this.leastBytes) return new Uint8Array(fresh(bytes), 0, bytes);
    const size = sizeFor(bytes);
    const found = this.#idle.get(size)?.pop();
    if (found) this.#idleBytes -= size;
    const buffer = found ?? fresh(size);
    this.#taken.add(buffer);
    return new Uint8Array(buffer, 0, bytes);
  }

  /** Whether an array's memory was taken from here and not given back. */
  has({ buffer }: View): boolean {
    return this.#taken.has(buffer);
  }

  /** The memory of an array that nobody uses any more. Does nothing if it is not from here, or was given back already. */
  give({ buffer }: View): void {
    if (!this.disown({ buffer }) || this.#idleBytes + buffer.byteLength > this.idleBytes) return;
    this.#idleBytes += buffer.byteLength;
    const idle = this.#idle.get(buffer.byteLength);
    if (idle) idle.push(buffer as ArrayBuffer);
    else this.#idle.set(buffer.byteLength, [buffer as ArrayBuffer]);
  }

  /** Leaves memory to the garbage collector. -> whether it was taken from here */
  disown({ buffer }: View): boolean {
    return this.#taken.delete(buffer);
  }
}

const fresh = (bytes: number) => Buffer.allocUnsafeSlow(bytes).buffer as ArrayBuffer;

/** The next of four sizes in each octave: a fifth is wasted at most. */
function sizeFor(bytes: number): number {
  const step = 2 ** (Math.floor(Math.log2(bytes)) - 2);
  return Math.ceil(bytes / step) * step;
}
