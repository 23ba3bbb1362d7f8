import type { Socket } from 'node:net';
import { hungUp } from './ending.ts';
import { Endpoint, type LinkOptions } from './endpoint.ts';
import { encodeFrame, FrameDecoder, writeHeader } from './frames.ts';
import { HEADER_BYTES, type Label } from './link.ts';

export type SocketOptions = LinkOptions & {
  /** How long, in ms, the other end may take to close after us. Default 2000. */
  lingerMs?: number;
};

/** Messages up to so many bytes are copied behind their header: one buffer costs less than two. */
const COPIED_BYTES = 4096;
/** A host that vanished without a word is noticed after a few probes of so many ms; matters on TCP only. */
const KEEP_ALIVE_MS = 30_000;

/**
 * A link over a connected stream socket, UNIX or TCP, which it then owns. Nothing is thrown out of its event handlers:
 * whatever goes wrong ends the link and reaches the receivers.
 */
export class SocketLink extends Endpoint {
  readonly #socket: Socket;
  readonly #lingerMs: number;
  #corked = false;
  #shutting: Promise<boolean> | undefined;

  constructor(socket: Socket, peer: string, options: SocketOptions = {}) {
    super(peer, options);
    this.#socket = socket;
    this.#lingerMs = options.lingerMs ?? 2000;
    socket.setNoDelay(true).setKeepAlive(true, KEEP_ALIVE_MS); // both do nothing on a UNIX socket
    this.#listen();
    socket.resume();
  }

  #listen(): void {
    const decoder = new FrameDecoder(this.peer, (label, payload) => this.arrive(label, payload));
    const broken = () => this.fail(hungUp(this.peer)); // ECONNRESET, EPIPE, or an end without a goodbye: all the same
    this.#socket.on('error', broken).on('end', broken).on('close', broken);
    if (this.#socket.destroyed) process.nextTick(broken);
    this.#socket.on('data', (chunk: Uint8Array) => {
      if (this.deaf) return;
      try {
        decoder.push(chunk);
      } catch (error) {
        if (!this.deaf) this.destroy(error as Error);
      }
    });
  }

  protected override transmit(label: Label, parts: Uint8Array[], payloadBytes: number): void {
    this.#cork();
    if (payloadBytes <= COPIED_BYTES) {
      this.#socket.write(encodeFrame(label, ...parts), this.#written);
      return;
    }
    const header = Buffer.allocUnsafe(HEADER_BYTES);
    writeHeader(header, label, payloadBytes);
    this.#socket.write(header);
    for (const part of parts) if (part.byteLength > 0) this.#socket.write(part, this.#written);
  }

  protected override unsent(): number {
    return this.#socket.writableLength;
  }

  protected override hold(paused: boolean): void {
    if (paused) this.#socket.pause();
    else this.#socket.resume();
  }

  /** Keeps reading (and dropping) until the other end closes too: closing on unread bytes could destroy our last ones. */
  protected override shut(): Promise<boolean> {
    return (this.#shutting ??= new Promise((resolve) => {
      const socket = this.#socket;
      if (socket.closed) return resolve(socket.writableFinished);
      socket.once('finish', () => this.#linger());
      socket.once('close', () => resolve(socket.writableFinished));
      socket.end(); // uncorks too
    }));
  }

  protected override cut(politely: boolean): void {
    if (politely) {
      void this.shut();
      this.#linger(); // from now on, not from 'finish': the other end may be stuck
    } else this.#socket.destroy();
  }

  #linger(): void {
    const timer = setTimeout(() => this.#socket.destroy(), this.#lingerMs);
    this.#socket.once('close', () => clearTimeout(timer));
  }

  /** Everything sent in one tick leaves in one system call. */
  #cork(): void {
    if (this.#corked) return;
    this.#corked = true;
    this.#socket.cork();
    process.nextTick(this.#uncork);
  }

  readonly #uncork = (): void => {
    if (!this.#corked) return;
    this.#corked = false;
    this.#socket.uncork();
  };

  readonly #written = (): void => this.relieved();
}
