import { nonsense } from './ending.ts';
import { HEADER_BYTES, type Label } from './link.ts';

type Waiter = { resolve(payload: Uint8Array): void; reject(reason: Error): void };

/**
 * The labelled mailbox behind every link: an early message waits under its label, an early receiver as a promise.
 * A label names one message at a time. Two at once mean that the ends no longer agree on their place in the program.
 */
export class Inbox {
  readonly #messages = new Map<Label, Uint8Array>();
  readonly #waiters = new Map<Label, Waiter>();
  #held = 0;
  #end: Error | undefined;

  constructor(readonly peer: string) {}

  /** Bytes of messages nobody has claimed; with headers, so that a flood of empty ones counts too. */
  get heldBytes(): number {
    return this.#held;
  }

  /** Receivers whose message has not arrived. */
  get waiting(): number {
    return this.#waiters.size;
  }

  /** Throws E_PROTOCOL when an unclaimed message has the same label. */
  put(label: Label, payload: Uint8Array): void {
    if (this.#end) return;
    const waiter = this.#waiters.get(label);
    if (waiter) {
      this.#waiters.delete(label);
      waiter.resolve(payload);
      return;
    }
    if (this.#messages.has(label)) throw nonsense(this.peer, 'two messages under one label');
    this.#messages.set(label, payload);
    this.#held += HEADER_BYTES + payload.byteLength;
  }

  /** The message under this label, once. Rejects with the reason when the inbox ends first. */
  take(label: Label): Promise<Uint8Array> {
    const payload = this.#messages.get(label);
    if (payload) {
      this.#messages.delete(label);
      this.#held -= HEADER_BYTES + payload.byteLength;
      return Promise.resolve(payload);
    }
    return handled(this.#end ? Promise.reject(this.#end) : this.#wait(label));
  }

  /** After an orderly close: what has arrived stays readable, what has not never will. */
  close(reason: Error): void {
    this.#end ??= reason;
    for (const waiter of this.#waiters.values()) waiter.reject(this.#end);
    this.#waiters.clear();
  }

  /** After a failure: nothing is readable any more. */
  fail(reason: Error): void {
    this.#end = reason;
    this.#messages.clear();
    this.#held = 0;
    this.close(reason);
  }

  #wait(label: Label): Promise<Uint8Array> {
    if (this.#waiters.has(label)) return Promise.reject(new Error('internal: two receivers wait under one label'));
    return new Promise((resolve, reject) => this.#waiters.set(label, { resolve, reject }));
  }
}

/** A receiver may be set up long before it is awaited: a failure in between must not count as unhandled. */
function handled<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}
