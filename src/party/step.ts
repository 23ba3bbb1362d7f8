import { ensure } from '../errors.ts';
import type { Bitmap, Lanes } from '../kernels/index.ts';
import type { Label, Link } from '../transport/link.ts';
import type { WorkKind } from '../work/kinds.ts';
import { Stream } from './random.ts';
import type { Session } from './session.ts';

/** What a step needs of its party (party.ts). P is the party itself: what a dealt value is made with. */
export interface Worker<P> {
  readonly session: Session;
  readonly deals: boolean;
  readonly kind: WorkKind | undefined;
  lanes(n: number): Lanes;
  message(bytes: number): Uint8Array;
  adopt(message: Uint8Array): Uint8Array;
  holds(array: Uint8Array): boolean;
  countRounds(rounds: number): void;
  scopeNow<R>(work: (party: P) => R): R;
}

/**
 * A value the dealer shares: `count` ring elements of `bits` bits, or a bitmap when `bits` is 0. Arrays of the party that it is made with
 * last until it is on its way.
 */
export type Deal<P> = { count: number; bits: number; make: (party: P) => Lanes };

/** Words of a bitmap of n bits. */
export const wordsOf = (n: number): number => Math.ceil(n / 64);

/** Bytes on the wire of n elements of the given bits (bits 0: a bitmap). */
export const bytesOf = (n: number, bits: number): number => Math.ceil((n * Math.max(bits, 1)) / 8);

/**
 * One step of the program at one party: its random streams and its messages. A step sends at most one message on each
 * link, all under its label.
 */
export class Step<P extends Worker<P>> {
  private readonly streams: (Stream | undefined)[] = [];
  private readonly kind: WorkKind | undefined;

  constructor(
    private readonly party: P,
    private readonly label: Label,
  ) {
    this.kind = party.kind;
  }

  /** n lanes that this party and party `peer` draw alike. */
  random(peer: 0 | 1 | 2, n: number): Lanes {
    return this.stream(peer).fill(this.party.lanes(n));
  }

  private stream(peer: 0 | 1 | 2): Stream {
    const { kernels, seeds } = this.party.session;
    return (this.streams[peer] ??= new Stream(kernels, seeds[peer], this.label));
  }

  /** A bitmap that this party and `peer` draw alike; its bits from n on are zero. */
  randomBits(peer: 0 | 1 | 2, n: number): Bitmap {
    const out = this.random(peer, wordsOf(n));
    return clearTail(out, n);
  }

  /**
   * The dealer shares values: of each, one evaluator expands its half from the seed, the other is sent its half. Who is
   * sent alternates, so both links carry the same load. Safe: a sent half is masked by the other's half, which its
   * receiver cannot expand. The dealer gets an empty list; an evaluator its halves, additive modulo 2^bits or by XOR.
   */
  async deal(items: readonly Deal<P>[]): Promise<Lanes[]> {
    if (this.party.deals) {
      await this.sendDealt(items);
      return [];
    }
    return this.takeDealt(items);
  }

  /** Evaluators swap messages of the same length; `mine` is a message of the party's. One round. */
  async exchange(mine: Uint8Array): Promise<Uint8Array> {
    const { role, links } = this.party.session;
    ensure(role !== 0, 'the dealer takes no part in exchanges');
    const link = links[3 - role]!;
    const bytes = mine.length;
    this.send(link, 'online', mine);
    const theirs = await link.receive(this.label);
    this.expect(theirs, bytes, link);
    return this.party.adopt(theirs);
  }

  /** Counts the round of an exchange: called by every party, the dealer too, so that all agree on the number. */
  countRound(): void {
    this.party.countRounds(1);
  }

  private async sendDealt(items: readonly Deal<P>[]): Promise<void> {
    const { links } = this.party.session;
    const parts: Uint8Array[][] = [[], []];
    items.forEach((item, i) => {
      const to = this.receiver(i);
      parts[to - 1]!.push(this.party.scopeNow((party) => this.half(party, item, this.stream(other3(to)))));
    });
    for (const to of [1, 2] as const) if (parts[to - 1]!.length > 0) this.send(links[to]!, 'dealt', ...parts[to - 1]!);
    await Promise.all([links[1]!.drained(), links[2]!.drained()]);
  }

  /** The half of a value that is sent: what the other, from the stream, leaves of it. */
  private half(party: P, item: Deal<P>, stream: Stream): Uint8Array {
    const { kernels } = party.session;
    const value = item.make(party);
    ensure(value.length === lengthOf(item), 'a dealt value has the wrong length');
    const other = stream.fill(party.lanes(value.length));
    const out = party.message(bytesOf(item.count, item.bits));
    if (item.bits === 0) {
      clearTail(other, item.count);
      kernels.xor(other, value, other);
      out.set(bytesOfBitmap(other, item.count));
    } else kernels.packSub(out, value, other, item.bits);
    return out;
  }

  private async takeDealt(items: readonly Deal<P>[]): Promise<Lanes[]> {
    const { role, kernels, links } = this.party.session;
    const halves = items.map((item, i) => {
      if (this.receiver(i) === role) return undefined;
      return item.bits === 0 ? this.randomBits(0, item.count) : this.random(0, item.count);
    });
    const sent = items.filter((_, i) => halves[i] === undefined);
    if (sent.length === 0) return halves as Lanes[];
    const message = await links[0]!.receive(this.label);
    this.expect(
      message,
      sent.reduce((sum, item) => sum + bytesOf(item.count, item.bits), 0),
      links[0]!,
    );
    let at = 0;
    const all = items.map((item, i) => {
      const half = halves[i];
      if (half !== undefined) return half;
      const bytes = message.subarray(at, (at += bytesOf(item.count, item.bits)));
      if (item.bits === 0) return bitmapOf(this.party, bytes, item.count);
      const out = this.party.lanes(item.count);
      kernels.unpack(out, bytes, item.bits);
      return out;
    });
    this.party.session.buffers.give(message);
    return all;
  }

  /** Which evaluator is sent its half of item i. */
  private receiver(i: number): 1 | 2 {
    let sum = i;
    for (let b = 0; b < this.label.length; b++) sum += this.label.charCodeAt(b);
    return sum % 2 === 0 ? 1 : 2;
  }

  private send(link: Link, kind: 'dealt' | 'online', ...parts: Uint8Array[]): void {
    const { meter, spending } = this.party.session;
    const before = link.traffic.sent;
    meter.messages += 1;
    for (const part of parts) {
      ensure(!this.party.holds(part), 'a message that may change before it has left');
      meter[kind] += part.length;
    }
    link.send(this.label, ...parts);
    spending?.sent(this.kind, link.traffic.sent - before);
  }

  private expect(message: Uint8Array, length: number, link: Link): void {
    if (message.length === length) return;
    const error = new Error(`${link.peer} sent ${message.length} bytes where ${length} were expected`);
    link.destroy(error);
    throw error;
  }
}

const other3 = (to: 1 | 2): 1 | 2 => (to === 1 ? 2 : 1);
const lengthOf = (item: Pick<Deal<never>, 'count' | 'bits'>): number =>
  item.bits === 0 ? wordsOf(item.count) : item.count;

/** The bytes of a bitmap as they travel: ceil(n / 8). */
export function bytesOfBitmap(bitmap: Bitmap, n: number): Uint8Array {
  return new Uint8Array(bitmap.buffer, bitmap.byteOffset, bytesOf(n, 0));
}

/** A bitmap from its bytes; bits from n on are cleared. */
export function bitmapOf(party: { lanes(n: number): Lanes }, bytes: Uint8Array, n: number): Bitmap {
  const out = party.lanes(wordsOf(n));
  if (out.length > 0) out[out.length - 1] = 0n;
  new Uint8Array(out.buffer, out.byteOffset).set(bytes);
  return clearTail(out, n);
}

/** Zeroes the bits from n on. */
export function clearTail(bitmap: Bitmap, n: number): Bitmap {
  if (n % 64 !== 0) bitmap[bitmap.length - 1]! &= (1n << BigInt(n % 64)) - 1n;
  return bitmap;
}
