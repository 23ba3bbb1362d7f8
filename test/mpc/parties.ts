/** Runs a protocol at three parties in this process: secrets in, secrets and the measured bill out. */
import { randomFillSync } from 'node:crypto';
import { expect } from 'vitest';
import { type Bitmap, type Kernels, type Lanes, loadKernels } from '../../src/kernels/index.ts';
import { Additive, Masked, type Price, type Shape, type SharedBits } from '../../src/mpc/values.ts';
import { type LocalOptions, threeParties } from '../../src/party/local.ts';
import type { Party } from '../../src/party/party.ts';
import { Buffers, type View } from '../../src/transport/buffers.ts';
import { HEADER_BYTES } from '../../src/transport/link.ts';

export const kernels: Kernels = loadKernels();

/** The parts of the dealer and of evaluators 1 and 2. */
export type Parts<T> = readonly [T, T, T];

/** Uniform lanes. Tests that need the same masks twice pass their own. */
export type Draw = (n: number) => Lanes;
const draw: Draw = (n) => randomFillSync(new BigUint64Array(n));

export type Format = { bits: number; frac?: number; shape?: Shape };

/** Masked shares of integers, made without a message. */
export function masked(x: ArrayLike<bigint>, format: Format, random: Draw = draw): Parts<Masked> {
  const { bits, frac = 0, shape = [x.length] } = format;
  const [l1, l2] = [random(x.length), random(x.length)];
  const m = BigUint64Array.from(l1, (l, i) => BigInt.asUintN(bits, x[i]! + l + l2[i]!));
  const part = (first: Lanes, second: Lanes) => new Masked(shape, bits, frac, first, second);
  return [part(l1, l2), part(m, l1), part(m.slice(), l2)];
}

/** Real numbers as fixed point, rounded. */
export const fixed = (x: ArrayLike<number>, frac: number): bigint[] =>
  Array.from(x, (v) => BigInt(Math.round(v * 2 ** frac)));

export const maskedReals = (x: ArrayLike<number>, format: Format, random?: Draw): Parts<Masked> =>
  masked(fixed(x, format.frac ?? 0), format, random);

export function additive(x: ArrayLike<bigint>, format: Format, random: Draw = draw): Parts<Additive> {
  const { bits, frac = 0, shape = [x.length] } = format;
  const one = random(x.length);
  const two = BigUint64Array.from(one, (a, i) => BigInt.asUintN(64, x[i]! - a));
  return [undefined, one, two].map((share) => new Additive(shape, bits, frac, share)) as never;
}

/** Bits 0 and 1, 64 to a word. */
export function bitmap(bits: ArrayLike<number>): Bitmap {
  const map = new BigUint64Array(Math.ceil(bits.length / 64));
  for (let i = 0; i < bits.length; i++) map[i >> 6]! |= BigInt(bits[i]!) << BigInt(i & 63);
  return map;
}

/** Bits shared by XOR. */
export function shared(bits: ArrayLike<number>, random: Draw = draw): Parts<SharedBits> {
  const n = bits.length;
  const map = bitmap(bits);
  const one = random(map.length);
  if (n % 64 !== 0) one[map.length - 1]! &= (1n << BigInt(n % 64)) - 1n;
  return [
    { n, share: undefined },
    { n, share: one },
    { n, share: map.map((word, i) => word ^ one[i]!) },
  ];
}

export type Result = Masked | Additive | SharedBits;

/** The secret integers, bits as 0 and 1. Fails unless the parties' parts fit together. */
export function open([dealer, one, two]: Parts<Result>): bigint[] {
  const n = one instanceof Masked || one instanceof Additive ? one.size : one.n;
  const each = (value: (i: number) => bigint) => Array.from({ length: n }, (_, i) => value(i));
  if (one instanceof Masked && two instanceof Masked && dealer instanceof Masked) {
    const low = (a: Lanes) => a.map((lane) => BigInt.asUintN(one.bits, lane));
    expect(low(two.first)).toEqual(low(one.first));
    expect(low(dealer.first)).toEqual(low(one.second));
    expect(low(dealer.second)).toEqual(low(two.second));
    return each((i) => BigInt.asIntN(one.bits, one.first[i]! - one.second[i]! - two.second[i]!));
  }
  if (one instanceof Additive && two instanceof Additive) {
    return each((i) => BigInt.asIntN(one.bits, one.share![i]! + two.share![i]!));
  }
  const [a, b] = [one, two] as SharedBits[];
  return each((i) => ((a!.share![i >> 6]! ^ b!.share![i >> 6]!) >> BigInt(i & 63)) & 1n);
}

export type Outcome = {
  /** Of each result: its secret integers. */
  values: bigint[][];
  /** The first result, as real numbers. */
  reals: number[];
  /** Payload bits and rounds. */
  bill: Price;
};

const tables = new Map<string, unknown>();

/** Whatever is given back too early reads as nonsense. Short memory too. */
export class Poisoned extends Buffers {
  constructor() {
    super(8);
  }

  override give(view: View): void {
    if (this.has(view)) new Uint8Array(view.buffer).fill(0xa5);
    super.give(view);
  }
}

/** threeParties() in a scope, with the tests' kernels and memory, and with public tables that are made once for all runs. */
export const three = <R>(program: (party: Party) => Promise<R>, options: LocalOptions = {}): Promise<[R, R, R]> =>
  threeParties(
    (party) => {
      party.session.tables = tables;
      return party.scope(program);
    },
    { kernels, buffers: () => new Poisoned(), ...options },
  );

type Own<I extends readonly Parts<unknown>[]> = { [K in keyof I]: I[K] extends Parts<infer T> ? T : never };

/** Runs the program on each party's parts. Checks that all count the same rounds, and that the links carried the bill. */
export async function run<I extends readonly Parts<unknown>[]>(
  inputs: readonly [...I],
  program: (party: Party, ...own: Own<I>) => Promise<Result | readonly Result[]>,
  options: LocalOptions = {},
): Promise<Outcome> {
  const parties: Party[] = [];
  const results = await three(async (party) => {
    parties[party.role] = party;
    const out = await program(party, ...(inputs.map((parts) => parts[party.role]) as Own<I>));
    return (Array.isArray(out) ? out : [out]) as Result[];
  }, options);
  const values = results[0].map((_, i) => open([results[0][i]!, results[1][i]!, results[2][i]!]));
  const first = results[1][0];
  const frac = first && 'frac' in first ? first.frac : 0;
  return { values, reals: values[0]?.map((v) => Number(v) / 2 ** frac) ?? [], bill: billOf(parties) };
}

export function billOf(parties: readonly Party[]): Price {
  const rounds = parties.map((party) => party.rounds);
  expect(rounds).toEqual(rounds.map(() => rounds[0]));
  const total = (of: (party: Party) => number) => parties.reduce((sum, party) => sum + of(party), 0);
  const meter = (key: 'dealt' | 'online' | 'messages') => total((party) => party.session.meter[key]);
  const traffic = (way: 'sent' | 'received') =>
    total(({ session }) => session.links.reduce((sum, link) => sum + (link?.traffic[way] ?? 0), 0));
  expect(traffic('sent')).toBe(meter('dealt') + meter('online') + HEADER_BYTES * meter('messages'));
  expect(traffic('received')).toBe(traffic('sent'));
  return { rounds: rounds[0]!, dealer: 8 * meter('dealt'), online: 8 * meter('online') };
}
