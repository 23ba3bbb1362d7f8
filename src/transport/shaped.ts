/** Networks on one machine: links that are as slow as those between three hosts would be. */

/** What a link is like: the same both ways. */
export type Network = {
  /** As people give it: readNetwork() reads it back. */
  name: string;
  rttMs: number;
  /** Of each direction, headers of frames included. */
  bitsPerSecond: number;
};

const KNOWN: readonly Network[] = [
  { name: 'lan', rttMs: 0.5, bitsPerSecond: 5e9 },
  { name: 'wan', rttMs: 40, bitsPerSecond: 400e6 },
];

const CUSTOM = /^(\d+(?:\.\d+)?)(ms|s),(\d+(?:\.\d+)?)(k|M|G)bit$/;
const BITS = { k: 1e3, M: 1e6, G: 1e9 };
const LONGEST_MS = 10_000;
const LEAST_BITS = 1000;

/** `lan`, `wan`, or a round trip of at most 10 s and a bandwidth of at least 1 kbit/s: `10ms,1Gbit`. Undefined for anything else. */
export function readNetwork(text: string): Network | undefined {
  const known = KNOWN.find(({ name }) => name === text);
  if (known) return known;
  const [, time, unit, bandwidth, size] = CUSTOM.exec(text) ?? [];
  if (size === undefined) return undefined;
  const rttMs = Number(time) * (unit === 's' ? 1000 : 1);
  const bitsPerSecond = Number(bandwidth) * BITS[size as keyof typeof BITS];
  return rttMs <= LONGEST_MS && bitsPerSecond >= LEAST_BITS ? { name: text, rttMs, bitsPerSecond } : undefined;
}

type Piece = { bytes: Uint8Array; last: boolean; due: number };

/** Long messages leave in pieces of so many bytes: the last bit, not the first, is as late as the bandwidth makes it. */
const PIECE_BYTES = 1 << 18;
/** Timers count whole milliseconds. What is left below that is waited for turn by turn of the event loop. */
const TIMER_MS = 1;

/**
 * One direction of a link. Bytes leave in order, each half a round trip after it has passed a gate of the given bandwidth:
 *
 *     passed = max(now, passed before) + bits / bandwidth,    due = passed + rtt / 2
 *
 * Never early, and late by a fraction of a millisecond; in a stream by up to about two, which do not add up, for a stream is limited by
 * its bandwidth. Only when all that waits is due within a millisecond does waiting cost processor time.
 */
export class ShapedPipe {
  /** Bytes that wait. */
  bytes = 0;
  readonly #pieces: Piece[] = [];
  #head = 0;
  #passed = 0;
  #timer: NodeJS.Timeout | undefined;
  #turn: NodeJS.Immediate | undefined;
  #onEmpty: (() => void) | undefined;

  constructor(
    private readonly network: Network,
    /** `last`: the last piece of what was pushed. */
    private readonly write: (bytes: Uint8Array, last: boolean) => void,
  ) {}

  push(bytes: Uint8Array): void {
    const { rttMs, bitsPerSecond } = this.network;
    this.#passed = Math.max(this.#passed, performance.now());
    for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
      const piece = bytes.subarray(at, at + PIECE_BYTES);
      this.#passed += (piece.length * 8000) / bitsPerSecond;
      const last = at + PIECE_BYTES >= bytes.length;
      this.#pieces.push({ bytes: piece, last, due: this.#passed + rttMs / 2 });
      this.bytes += piece.length;
    }
    if (!this.#timer && !this.#turn) this.#wait();
  }

  /** Calls back once, when nothing waits any more: now, or when the last piece has been written. */
  whenEmpty(done: () => void): void {
    this.#onEmpty = done;
    this.#settle();
  }

  /** Writes what waits at once. */
  flush(): void {
    this.#release(Number.POSITIVE_INFINITY);
  }

  /** Forgets what waits; nobody is called back. */
  drop(): void {
    this.#onEmpty = undefined;
    this.#pieces.length = 0;
    this.#head = 0;
    this.bytes = 0;
    this.#stopWaiting();
  }

  readonly #pump = (): void => {
    this.#stopWaiting();
    this.#release(performance.now());
    if (this.bytes > 0) this.#wait();
  };

  #release(until: number): void {
    const pieces = this.#pieces;
    while (this.#head < pieces.length && pieces[this.#head]!.due <= until) {
      const { bytes, last } = pieces[this.#head++]!;
      this.bytes -= bytes.length;
      this.write(bytes, last);
    }
    if (2 * this.#head >= pieces.length) {
      pieces.splice(0, this.#head);
      this.#head = 0;
    }
    this.#settle();
  }

  #settle(): void {
    if (this.bytes > 0) return;
    this.#stopWaiting();
    const done = this.#onEmpty;
    this.#onEmpty = undefined;
    done?.();
  }

  #wait(): void {
    const now = performance.now();
    const last = this.#pieces.at(-1)!.due - now;
    if (last < TIMER_MS) this.#turn = setImmediate(this.#pump);
    else this.#timer = setTimeout(this.#pump, Math.max(TIMER_MS, Math.floor(this.#pieces[this.#head]!.due - now)));
  }

  #stopWaiting(): void {
    clearTimeout(this.#timer);
    clearImmediate(this.#turn);
    this.#timer = undefined;
    this.#turn = undefined;
  }
}
