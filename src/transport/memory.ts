import type { Buffers } from './buffers.ts';
import { isReserved } from './ending.ts';
import { Endpoint, type LinkOptions } from './endpoint.ts';
import { HEADER_BYTES, type Label, type Link } from './link.ts';

export type Tapped = { from: string; to: string; label: Label; payload: Uint8Array };
export type MemoryOptions = LinkOptions & {
  /** Of the first end and the second, instead of `buffers` for both. */
  buffersOf?: readonly [Buffers, Buffers];
  /** Sees a copy of every message as it reaches either end: what that end learns. */
  tap?: (message: Tapped) => void;
};

/** Two linked ends in one process, for tests: what sockets do, to the byte, without the sockets. */
export function memoryPair(nameA: string, nameB: string, options: MemoryOptions = {}): [Link, Link] {
  const a = new MemoryEnd(nameA, nameB, options, options.buffersOf?.[0]);
  const b = new MemoryEnd(nameB, nameA, options, options.buffersOf?.[1]);
  a.other = b;
  b.other = a;
  return [a, b];
}

type Frame = { label: Label; payload: Uint8Array };

class MemoryEnd extends Endpoint {
  other!: MemoryEnd;
  readonly #name: string;
  readonly #tap: ((message: Tapped) => void) | undefined;
  /** Frames on the way to this end, in order. */
  #incoming: Frame[] = [];
  #incomingBytes = 0;
  #paused = false;
  #pumping = false;
  #cut = false;
  #onShut = () => {};

  constructor(name: string, peer: string, options: MemoryOptions, buffers: Buffers | undefined) {
    super(peer, { ...options, ...(buffers ? { buffers } : {}) });
    this.#name = name;
    this.#tap = options.tap;
  }

  protected override transmit(label: Label, parts: Uint8Array[], payloadBytes: number): void {
    const payload = this.other.buffers.take(payloadBytes); // a copy, as on a wire
    let at = 0;
    for (const part of parts) {
      payload.set(part, at);
      at += part.byteLength;
      this.buffers.give(part);
    }
    this.other.#incoming.push({ label, payload });
    this.other.#incomingBytes += HEADER_BYTES + payloadBytes;
    this.other.#pump();
  }

  protected override unsent(): number {
    return this.other.#incomingBytes;
  }

  protected override hold(paused: boolean): void {
    this.#paused = paused;
    this.#pump();
  }

  protected override async shut(): Promise<boolean> {
    if (!this.#cut && this.other.#incoming.length > 0) {
      await new Promise<void>((resolve) => {
        this.#onShut = resolve;
      });
    }
    return !this.#cut;
  }

  /** The other end learns the reason from our last frame; what it has yet to read no longer concerns us. */
  protected override cut(): void {
    this.#cut = true;
    this.#onShut();
  }

  /** Never in the sender's turn, so that no test comes to rely on a message being there at once. */
  #pump(): void {
    if (this.#pumping || this.#paused || this.#incoming.length === 0) return;
    this.#pumping = true;
    setImmediate(() => {
      this.#pumping = false;
      this.#deliver();
      this.other.relieved();
      this.#pump();
    });
  }

  #deliver(): void {
    let taken = 0;
    for (; taken < this.#incoming.length && !this.#paused; taken++) {
      const { label, payload } = this.#incoming[taken]!;
      this.#incomingBytes -= HEADER_BYTES + payload.byteLength;
      if (this.deaf) continue;
      if (!isReserved(label)) this.#tap?.({ from: this.peer, to: this.#name, label, payload: payload.slice() });
      try {
        this.arrive(label, payload);
      } catch (error) {
        if (!this.deaf) this.destroy(error as Error);
      }
    }
    this.#incoming.splice(0, taken);
    if (this.#incoming.length === 0) this.other.#onShut();
  }
}
