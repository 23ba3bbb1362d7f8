import type { Socket } from 'node:net';
import { hungUp } from './ending.ts';
import { Endpoint, type LinkOptions } from './endpoint.ts';
import { encodeFrame, FrameDecoder, MAX_FRAME, writeHeader } from './frames.ts';
import { Intake, type Sink } from './intake.ts';
import { HEADER_BYTES, type Label } from './link.ts';
import { type Network, ShapedPipe } from './shaped.ts';

export type SocketOptions = LinkOptions & {
  /** How long, in ms, the other end may take to close after us. Default 2000. */
  lingerMs?: number;
  /** What is read from the socket; without one, all that will be. */
  intake?: Intake;
  /** What is sent leaves as late as on this network. */
  network?: Network;
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
  readonly #pipe: ShapedPipe | undefined;
  #corked = false;
  #shutting: Promise<boolean> | undefined;

  constructor(socket: Socket, peer: string, options: SocketOptions = {}) {
    super(peer, options);
    this.#socket = socket;
    this.#lingerMs = options.lingerMs ?? 2000;
    if (options.network) this.#pipe = new ShapedPipe(options.network, (bytes, last) => this.#write(bytes, last));
    socket.setNoDelay(true).setKeepAlive(true, KEEP_ALIVE_MS); // both do nothing on a UNIX socket
    this.#listen(options.intake ?? Intake.of(socket));
    socket.resume();
  }

  #listen(intake: Intake): void {
    const deliver = (label: Label, payload: Uint8Array) => this.arrive(label, payload);
    const decoder = new FrameDecoder(this.peer, deliver, MAX_FRAME, this.buffers);
    const broken = () => this.fail(hungUp(this.peer)); // ECONNRESET, EPIPE, or an end without a goodbye: all the same
    this.#socket.on('error', broken).on('end', broken).on('close', broken);
    this.#socket.once('close', () => this.#pipe?.drop());
    if (this.#socket.destroyed) process.nextTick(broken);
    intake.pour(this.#sink(decoder));
  }

  #sink(decoder: FrameDecoder): Sink {
    return {
      room: () => decoder.room(),
      filled: (room, bytes) => {
        if (this.deaf) return;
        try {
          decoder.filled(room, bytes);
        } catch (error) {
          if (!this.deaf) this.destroy(error as Error);
        }
      },
    };
  }

  protected override transmit(label: Label, parts: Uint8Array[], payloadBytes: number): void {
    if (payloadBytes <= COPIED_BYTES) {
      this.#put(encodeFrame(label, ...parts));
      for (const part of parts) this.buffers.give(part);
      return;
    }
    const header = Buffer.allocUnsafe(HEADER_BYTES);
    writeHeader(header, label, payloadBytes);
    this.#put(header);
    for (const part of parts) if (part.byteLength > 0) this.#put(part);
  }

  #put(bytes: Uint8Array): void {
    if (this.#pipe) this.#pipe.push(bytes);
    else this.#write(bytes, true);
  }

  /** `last`: nothing of the same memory is written after it. */
  #write(bytes: Uint8Array, last: boolean): void {
    this.#cork();
    this.#socket.write(bytes, () => {
      if (last) this.buffers.give(bytes);
      this.relieved();
    });
  }

  protected override unsent(): number {
    return this.#socket.writableLength + (this.#pipe?.bytes ?? 0);
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
      const end = () => socket.end(); // uncorks too
      if (this.#pipe) this.#pipe.whenEmpty(end);
      else end();
    }));
  }

  protected override cut(politely: boolean): void {
    if (politely) {
      this.#pipe?.flush();
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
}
