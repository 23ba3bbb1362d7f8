import type { ConnectOpts, Socket } from 'node:net';

/** Where the bytes of a connection go. */
export type Sink = {
  /** Where the next ones should be put. */
  room(): Uint8Array;
  /** So many have come, at the start of `room`, or of other memory, which is not theirs for longer than this call. */
  filled(room: Uint8Array, bytes: number): void;
};

/** What is read while nobody takes it. */
const SPARE_BYTES = 1 << 16;

/**
 * The bytes of a socket, for one taker after the other. Of a connection that we dial they are read straight to where the taker wants
 * them; Node offers that for no other, so of an accepted one every chunk is memory of its own.
 */
export class Intake {
  #sink: Sink | undefined;
  #left: Uint8Array[] = [];
  #spare: Uint8Array | undefined;

  /** For connect(): the socket is then to be read by this intake alone. */
  readonly onread: NonNullable<ConnectOpts['onread']> = {
    buffer: () => this.#sink?.room() ?? (this.#spare ??= new Uint8Array(SPARE_BYTES)),
    callback: (bytes, room) => {
      this.#take(room as Uint8Array, bytes);
      return true;
    },
  };

  /** Of a connection that was made without one. */
  static of(socket: Socket): Intake {
    const intake = new Intake();
    socket.on('data', (chunk: Uint8Array) => intake.#take(chunk, chunk.length));
    return intake;
  }

  /** From now on bytes go there, those first that nobody has taken. */
  pour(sink: Sink): void {
    this.#sink = sink;
    for (const bytes of this.#left.splice(0)) sink.filled(bytes, bytes.length);
  }

  /** Nobody takes bytes for now, and `rest` has not been taken. */
  stop(rest: Uint8Array): void {
    this.#sink = undefined;
    if (rest.length > 0) this.#left.push(rest);
  }

  #take(room: Uint8Array, bytes: number): void {
    if (this.#sink) this.#sink.filled(room, bytes);
    else this.#left.push(room.slice(0, bytes));
  }
}
