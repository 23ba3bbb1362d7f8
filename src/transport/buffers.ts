/** So many takes ago: a layer has about three thousand. */
const LATELY = 4096;

/** Memory of one size that may be taken, and when, in takes, it was last looked for. */
type Idle = { buffers: ArrayBuffer[]; used: number };

/** Any array: its memory is what matters. */
export type View = { readonly buffer: ArrayBufferLike };

/**
 * Memory that is used again. Protocols need the same few sizes of arrays over and over; fresh ones would cost more than what is
 * computed in them: pages that are touched for the first time, and a garbage collection for every few dozen megabytes.
 * What is taken and never given back is collected as any other memory. Contents are arbitrary.
 */
export class Buffers {
  readonly #idle = new Map<number, Idle>();
  readonly #taken = new WeakSet<ArrayBufferLike>();
  #idleBytes = 0;
  #takes = 0;

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
    const buffer = this.#reuse(sizeFor(bytes)) ?? fresh(sizeFor(bytes));
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
    const idle = this.#idle.get(buffer.byteLength) ?? { buffers: [], used: this.#takes };
    idle.buffers.push(buffer as ArrayBuffer);
    this.#idle.set(buffer.byteLength, idle);
  }

  /** Leaves memory to the garbage collector. -> whether it was taken from here */
  disown({ buffer }: View): boolean {
    return this.#taken.delete(buffer);
  }

  /** Idle memory of this size, or of up to four times as much: what is idle may as well be used. */
  #reuse(size: number): ArrayBuffer | undefined {
    this.#takes++;
    for (let fit = size; fit <= 4 * size; fit = sizeFor(fit + 1)) {
      const idle = this.#idle.get(fit);
      if (idle) idle.used = this.#takes;
      const buffer = idle?.buffers.pop();
      if (!buffer) continue;
      this.#idleBytes -= fit;
      return buffer;
    }
    this.#forgetOld();
    return undefined;
  }

  /** Before memory grows: sizes that have not been asked for lately go. */
  #forgetOld(): void {
    for (const [size, { buffers, used }] of this.#idle) {
      if (this.#takes - used <= LATELY) continue;
      this.#idleBytes -= size * buffers.length;
      this.#idle.delete(size);
    }
  }
}

const fresh = (bytes: number) => Buffer.allocUnsafeSlow(bytes).buffer as ArrayBuffer;

/** The next of four sizes in each octave: a fifth is wasted at most. */
function sizeFor(bytes: number): number {
  const step = bytes < 2 ** 30 ? 1 << (29 - Math.clz32(bytes)) : 2 ** 28;
  return Math.ceil(bytes / step) * step;
}
