import { ensure } from '../errors.ts';
import type { Bitmap, Lanes } from '../kernels/index.ts';
import type { Label, Link } from '../transport/link.ts';
import type { Party } from './party.ts';
import { lanes, Stream } from './random.ts';

/** A value the dealer shares: `count` ring elements of `bits` bits, or a bitmap when `bits` is 0. */
export type Dealt = { count: number; bits: number; make: () => Lanes };

/** Words of a bitmap of n bits. */
export const wordsOf = (n: number): number => Math.ceil(n / 64);

/** Bytes on the wire of n elements of the given bits (bits 0: a bitmap). */
export const bytesOf = (n: number, bits: number): number => Math.ceil((n * Math.max(bits, 1)) / 8);

/**
 * One step of the program at one party: its random streams and its messages. A step sends at most one message on each
 * link, all under its label.
 */
export class Step {
  private readonly streams: (Stream | undefined)[] = [];
  private readonly kind: string | undefined;

  constructor(
    private readonly party: Party,
    private readonly label: Label,
  ) {
    this.kind = party.kind;
  }

  /** n lanes that this party and party `peer` draw alike. */
  random(peer: 0 | 1 | 2, n: number): Lanes {
    return this.stream(peer).draw(n);
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
  async deal(items: readonly Dealt[]): Promise<Lanes[]> {
    if (this.party.deals) {
      await this.sendDealt(items);
      return [];
    }
    return this.takeDealt(items);
  }

  /** Evaluators swap messages of the same length. One round. */
  async exchange(mine: Uint8Array): Promise<Uint8Array> {
    const { role, links } = this.party.session;
    ensure(role !== 0, 'the dealer takes no part in exchanges');
    const link = links[3 - role]!;
    this.send(link, 'online', mine);
    const theirs = await link.receive(this.label);
    this.expect(theirs, mine.length, link);
    return theirs;
  }

  /** Counts the round of an exchange: called by every party, the dealer too, so that all agree on the number. */
  countRound(): void {
    this.party.countRounds(1);
  }

  private async sendDealt(items: readonly Dealt[]): Promise<void> {
    const { kernels, links } = this.party.session;
    const parts: Uint8Array[][] = [[], []];
    items.forEach((item, i) => {
      const to = this.receiver(i);
      const value = item.make();
      ensure(value.length === lengthOf(item), 'a dealt value has the wrong length');
      const other = this.stream(other3(to)).fill(this.scratch(value.length));
      if (item.bits === 0) clearTail(other, item.count);
      parts[to - 1]!.push(
        item.bits === 0 ? xorBytes(kernels, value, other, item.count) : subBytes(kernels, value, other, item.bits),
      );
    });
    for (const to of [1, 2] as const) if (parts[to - 1]!.length > 0) this.send(links[to]!, 'dealt', ...parts[to - 1]!);
    await Promise.all([links[1]!.drained(), links[2]!.drained()]);
  }

  /** Lanes that hold until the next call: nothing awaits between drawing a mask and packing what it masks. */
  private scratch(n: number): Lanes {
    const { session } = this.party;
    if (!session.scratch || session.scratch.length < n) session.scratch = lanes(n);
    return session.scratch.subarray(0, n);
  }

  private async takeDealt(items: readonly Dealt[]): Promise<Lanes[]> {
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
    return items.map((item, i) => {
      const half = halves[i];
      if (half !== undefined) return half;
      const bytes = message.subarray(at, (at += bytesOf(item.count, item.bits)));
      return item.bits === 0 ? bitmapOf(bytes, item.count) : unpacked(kernels, bytes, item);
    });
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
    for (const part of parts) meter[kind] += part.length;
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
const lengthOf = (item: Dealt): number => (item.bits === 0 ? wordsOf(item.count) : item.count);

type Kernels = Party['kernels'];

function subBytes(kernels: Kernels, value: Lanes, mask: Lanes, bits: number): Uint8Array {
  const out = Buffer.allocUnsafe(bytesOf(value.length, bits));
  kernels.packSub(out, value, mask, bits);
  return out;
}

function xorBytes(kernels: Kernels, value: Bitmap, mask: Bitmap, n: number): Uint8Array {
  const out = lanes(value.length);
  kernels.xor(out, value, mask);
  return bytesOfBitmap(out, n);
}

function unpacked(kernels: Kernels, bytes: Uint8Array, item: Dealt): Lanes {
  const out = lanes(item.count);
  kernels.unpack(out, bytes, item.bits);
  return out;
}

/** The bytes of a bitmap as they travel: ceil(n / 8). */
export function bytesOfBitmap(bitmap: Bitmap, n: number): Uint8Array {
  return new Uint8Array(bitmap.buffer, bitmap.byteOffset, bytesOf(n, 0));
}

/** A bitmap from its bytes; bits from n on are cleared. */
export function bitmapOf(bytes: Uint8Array, n: number): Bitmap {
  const out = new BigUint64Array(wordsOf(n));
  new Uint8Array(out.buffer).set(bytes);
  return clearTail(out, n);
}

/** Zeroes the bits from n on. */
export function clearTail(bitmap: Bitmap, n: number): Bitmap {
  if (n % 64 !== 0) bitmap[bitmap.length - 1]! &= (1n << BigInt(n % 64)) - 1n;
  return bitmap;
}
