import { ensure, PumaError } from '../errors.ts';
import { type Addresses, checkAddress, describe, type End, nameOf } from './address.ts';
import { Buffers } from './buffers.ts';
import { type Connection, dial } from './dial.ts';
import { receiveGuests } from './guests.ts';
import type { Link } from './link.ts';
import type { Door } from './listen.ts';
import { SocketLink, type SocketOptions } from './socket.ts';

export type MeshOptions = {
  me: End;
  /** Lower-case hexadecimal, new for every run, the same at all ends: keeps runs apart. */
  runId: string;
  /** Where parties 0, 1 and 2 listen. */
  addresses: Addresses;
  /** How long to wait for the others, in ms. Default 20 s. */
  deadlineMs?: number;
  /** How long a caller may take to say who it is, in ms. Default 5 s. */
  helloMs?: number;
  /** Options of every link; a network makes all of them as slow as it is. */
  link?: Omit<SocketOptions, 'onFail' | 'buffers' | 'intake'>;
  /** Gives up the search for the others, with its reason. Links that stand are not its business any more. */
  signal?: AbortSignal;
};

/** When one link fails, all do, with that reason; an orderly close of the other end is no failure. */
export type Mesh = {
  /** To every other end: the other two parties and the client, or all three parties. */
  links: Map<End, Link>;
  /** Memory that all links share. */
  buffers: Buffers;
  /** Closes every link in order. Rejects if something that waited could not be sent. */
  close(): Promise<void>;
};

const EVERYBODY: readonly End[] = [0, 1, 2, 'client'];

/**
 * Finds the other ends: every party listens; of two ends, the later of 0, 1, 2, client dials. Resolves when all links
 * stand; then nobody listens any more and the socket file is gone. Throws E_ADDRESS, E_PROTOCOL (somebody else answers)
 * or E_PEER (not all came in time, or one gave up), or the signal's reason; links that stood already are destroyed with that.
 */
export async function openMesh(options: MeshOptions): Promise<Mesh> {
  const { me, runId, addresses } = options;
  ensure(/^[0-9a-f]{1,64}$/.test(runId), `${JSON.stringify(runId)} is not a run id`);
  addresses.forEach(checkAddress);
  const opening = new Opening(options);
  let door: Door | undefined;
  try {
    if (me !== 'client') door = await opening.receive(me);
    opening.dialAll();
    await opening.complete();
  } catch (error) {
    opening.fail(error as Error);
    throw error;
  } finally {
    opening.stopWatching();
    await door?.close();
  }
  return meshOf(opening);
}

function meshOf({ links: found, buffers }: Opening): Mesh {
  const links = new Map<End, Link>();
  for (const role of EVERYBODY) if (found.has(role)) links.set(role, found.get(role)!);
  return {
    links,
    buffers,
    async close() {
      const closed = await Promise.allSettled([...links.values()].map((link) => link.close()));
      for (const result of closed) if (result.status === 'rejected') throw result.reason;
    },
  };
}

/**
 * What one end knows of the others. The first failure of a link ends all links: nobody waits for a deadline when
 * somebody has given up, and no two ends for each other when the third has died.
 */
class Opening {
  readonly links = new Map<End, SocketLink>();
  readonly buffers = new Buffers();
  readonly #options: MeshOptions;
  readonly #callees: End[];
  readonly #callers: End[];
  readonly #failed = new AbortController();
  readonly #deadlineMs: number;
  readonly #clock: NodeJS.Timeout;
  #onComplete = () => {};
  /** What stood in the way last, for the person who wonders why nobody came. */
  #trouble = 'start every end with the same addresses and the same run id';

  constructor(options: MeshOptions) {
    const rank = EVERYBODY.indexOf(options.me);
    this.#options = options;
    this.#callees = EVERYBODY.slice(0, rank);
    this.#callers = EVERYBODY.slice(rank + 1);
    this.#deadlineMs = options.deadlineMs ?? 20_000;
    this.#clock = setTimeout(() => this.fail(this.#late()), this.#deadlineMs);
    if (options.signal?.aborted) this.#giveUp();
    options.signal?.addEventListener('abort', this.#giveUp);
  }

  receive(me: 0 | 1 | 2): Promise<Door> {
    return receiveGuests({
      address: this.#options.addresses[me],
      me,
      runId: this.#options.runId,
      expected: this.#callers,
      helloMs: this.#options.helloMs ?? 5_000,
      onGuest: (who, guest) => this.#add(who, guest),
      onTrouble: (text) => this.#note(`a caller was turned away: ${text}`),
    });
  }

  dialAll(): void {
    const { me, runId, addresses } = this.#options;
    for (const to of this.#callees as (0 | 1 | 2)[]) {
      const onTrouble = (text: string) => this.#note(`${nameOf(to)} at ${describe(addresses[to])}: ${text}`);
      dial({ address: addresses[to], to, me, runId, signal: this.#failed.signal, onTrouble }).then(
        (host) => this.#add(to, host),
        (error) => this.fail(error),
      );
    }
  }

  async complete(): Promise<void> {
    const { signal } = this.#failed;
    signal.throwIfAborted();
    if (this.#missing().length === 0) return;
    await new Promise<void>((resolve, reject) => {
      this.#onComplete = resolve;
      signal.addEventListener('abort', () => reject(signal.reason));
    });
  }

  /** Ends all, also when the mesh stands already. Only the first reason counts. */
  fail(reason: Error): void {
    this.#failed.abort(reason);
    for (const link of this.links.values()) link.destroy(this.#failed.signal.reason);
  }

  /** From now on neither the time nor the caller's signal ends anything. */
  stopWatching(): void {
    clearTimeout(this.#clock);
    this.#options.signal?.removeEventListener('abort', this.#giveUp);
  }

  readonly #giveUp = (): void => this.fail(this.#options.signal!.reason);

  #add(role: End, { socket, intake }: Connection): void {
    const { signal } = this.#failed;
    const link = new SocketLink(socket, nameOf(role), {
      ...this.#options.link,
      buffers: this.buffers,
      intake,
      onFail: (reason) => this.fail(reason),
    });
    this.links.set(role, link);
    if (signal.aborted) link.destroy(signal.reason); // too late, but the other end should hear why
    if (this.#missing().length === 0) this.#onComplete();
  }

  #note(trouble: string): void {
    this.#trouble = trouble;
  }

  #missing(): End[] {
    return [...this.#callees, ...this.#callers].filter((role) => !this.links.has(role));
  }

  #late(): PumaError {
    const names = this.#missing().map(nameOf).join(' and ');
    return new PumaError('E_PEER', `no word from ${names} within ${this.#deadlineMs / 1000} s`, this.#trouble, 1);
  }
}
