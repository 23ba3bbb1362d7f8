import { ensure } from '../errors.ts';
import { Buffers } from './buffers.ts';
import { ABORT, closedEarly, encodeReason, GOODBYE, hungUp, isReserved, nonsense, stopped } from './ending.ts';
import { MAX_FRAME } from './frames.ts';
import { Inbox } from './inbox.ts';
import { HEADER_BYTES, LABEL_BYTES, type Label, type Link, type Traffic } from './link.ts';

export type LinkOptions = {
  /** Memory for what is received; what was sent goes back to it. Its own when left out. */
  buffers?: Buffers;
  /** `drained()` resolves below so many bytes waiting to be sent. */
  highWater?: number;
  /** Reading pauses above so many unclaimed bytes while nobody waits. */
  maxHeld?: number;
  /** Told once, when the link fails or is destroyed; not on an orderly close. */
  onFail?: (reason: Error) => void;
};

const MiB = 2 ** 20;

/**
 * What every kind of link does alike: labels, counting, back-pressure, and the ways to end. A kind adds how bytes move.
 *
 * Why pausing cannot deadlock. Ends run one program; what they send, and the dealer's waits for `drained()`, come in
 * its order. Take the earliest operation that is unfinished anywhere. What it waits for was sent, or is still to be sent
 * by an end that is not itself waiting for input. If it was sent: its receiver waits, so that link is being read, and the
 * message arrives. If its sender is stopped in `drained()`, the sender has sent only earlier operations' messages; those
 * are finished, their messages claimed, so nothing holds the link up and `drained()` resolves.
 */
export abstract class Endpoint implements Link {
  readonly traffic: Traffic = { sent: 0, received: 0 };
  protected readonly buffers: Buffers;
  readonly #inbox: Inbox;
  readonly #highWater: number;
  readonly #maxHeld: number;
  readonly #onFail: ((reason: Error) => void) | undefined;
  /** open; left: the other said goodbye; closed: we did; failed. */
  #state: 'open' | 'left' | 'closed' | 'failed' = 'open';
  #failure: Error | undefined;
  #paused = false;
  #brakes: { resolve(): void; reject(reason: Error): void }[] = [];
  #closing: Promise<void> | undefined;

  constructor(
    readonly peer: string,
    options: LinkOptions,
  ) {
    this.buffers = options.buffers ?? new Buffers();
    this.#inbox = new Inbox(peer);
    this.#highWater = options.highWater ?? 32 * MiB;
    this.#maxHeld = options.maxHeld ?? 64 * MiB;
    this.#onFail = options.onFail;
  }

  /** Takes over one frame, and gives its parts back to the buffers in time; `payloadBytes` is the length of all parts. */
  protected abstract transmit(label: Label, parts: Uint8Array[], payloadBytes: number): void;
  /** Bytes taken over and not yet gone. */
  protected abstract unsent(): number;
  /** Stops reading, or goes on. */
  protected abstract hold(paused: boolean): void;
  /** Sends what waits and closes. Resolves when all is over: was everything sent? May be called again. */
  protected abstract shut(): Promise<boolean>;
  /** Closes without waiting for anybody; with `politely`, gives what was just transmitted a short time to leave. */
  protected abstract cut(politely: boolean): void;

  /** Throws the reason when the link has failed. To an end that has said goodbye nothing is sent: it needs no more. */
  send(label: Label, ...parts: Uint8Array[]): void {
    checkLabel(label);
    if (this.#failure) throw this.#failure;
    ensure(this.#state !== 'closed', `sending to ${this.peer} after close()`);
    if (this.#state === 'left') return;
    let payloadBytes = 0;
    for (const part of parts) payloadBytes += part.byteLength;
    ensure(LABEL_BYTES + payloadBytes <= MAX_FRAME, `a message of ${payloadBytes} bytes to ${this.peer}`);
    this.traffic.sent += HEADER_BYTES + payloadBytes;
    this.transmit(label, parts, payloadBytes);
  }

  receive(label: Label): Promise<Uint8Array> {
    checkLabel(label);
    const payload = this.#inbox.take(label);
    this.#regulate();
    return payload;
  }

  async drained(): Promise<void> {
    if (this.#failure) throw this.#failure;
    if (this.#state !== 'open' || this.unsent() < this.#highWater) return;
    await new Promise<void>((resolve, reject) => this.#brakes.push({ resolve, reject }));
  }

  /** Rejects only if the link breaks while something still waits to be sent. After destroy(): waits until it is over. */
  close(): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  /** The message of the reason is sent to the other end, which stops with it: it must not hold secrets. */
  destroy(reason: Error): void {
    if (this.#state === 'failed') return;
    const open = this.#state === 'open';
    this.#fail(reason);
    const text = encodeReason(reason.message);
    if (open) this.transmit(ABORT, [text], text.byteLength); // after a goodbye nothing may follow
    this.cut(open);
  }

  /** For kinds: one frame has come. Throws E_PROTOCOL if it makes no sense. */
  protected arrive(label: Label, payload: Uint8Array): void {
    if (this.#state !== 'open') return;
    if (isReserved(label)) {
      this.#obey(label, payload);
      return;
    }
    this.traffic.received += HEADER_BYTES + payload.byteLength;
    this.#inbox.put(label, payload);
    this.#regulate();
  }

  /** For kinds: the way to the other end is broken. After either end's goodbye that is no longer a failure. */
  protected fail(reason: Error): void {
    if (this.#state !== 'open') return;
    this.#fail(reason);
    this.cut(false);
  }

  /** For kinds: fewer bytes wait to be sent. */
  protected relieved(): void {
    if (this.#brakes.length === 0 || this.unsent() >= this.#highWater) return;
    for (const brake of this.#brakes.splice(0)) brake.resolve();
  }

  /** Nobody here reads any more: what still comes is to be thrown away. */
  protected get deaf(): boolean {
    return this.#state !== 'open';
  }

  async #close(): Promise<void> {
    const open = this.#state === 'open';
    if (open) {
      this.#end('closed', new Error(`internal: the link to ${this.peer} was closed at this end`));
      this.transmit(GOODBYE, [], 0);
    }
    const sent = await this.shut();
    if (open && !sent) throw this.#failure ?? hungUp(this.peer);
  }

  #obey(label: Label, payload: Uint8Array): void {
    if (label === ABORT) this.fail(stopped(this.peer, payload));
    else if (label === GOODBYE) {
      this.#end('left', closedEarly(this.peer));
      void this.shut();
    } else throw nonsense(this.peer, 'an unknown reserved label');
  }

  #end(state: 'left' | 'closed', reason: Error): void {
    this.#state = state;
    this.#inbox.close(reason);
    for (const brake of this.#brakes.splice(0)) brake.resolve();
    this.#regulate();
  }

  #fail(reason: Error): void {
    this.#state = 'failed';
    this.#failure = reason;
    this.#inbox.fail(reason);
    for (const brake of this.#brakes.splice(0)) brake.reject(reason);
    this.#regulate();
    this.#onFail?.(reason);
  }

  /** Pauses when much is unclaimed and nobody waits for more; goes on otherwise. */
  #regulate(): void {
    const pause = !this.deaf && this.#inbox.heldBytes > this.#maxHeld && this.#inbox.waiting === 0;
    if (pause === this.#paused) return;
    this.#paused = pause;
    this.hold(pause);
  }
}

/** Twelve characters below 256: anything else would reach the other end under another label. */
function checkLabel(label: Label): void {
  let ok = label.length === LABEL_BYTES && !isReserved(label);
  for (let i = 0; i < label.length; i++) ok &&= label.charCodeAt(i) < 256;
  ensure(ok, `${JSON.stringify(label)} is not a label`);
}
