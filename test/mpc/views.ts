/** What each party sees of a run, and whether two piles of such views could be told apart. */
import { createHash } from 'node:crypto';
import { Additive, Masked } from '../../src/mpc/values.ts';
import type { LocalOptions } from '../../src/party/local.ts';
import type { Party } from '../../src/party/party.ts';
import { bytesOf, bytesOfBitmap } from '../../src/party/step.ts';
import type { Tapped } from '../../src/transport/memory.ts';
import { type Draw, kernels, type Result, three } from './parties.ts';
import type { Program } from './programs.ts';
import { bitTest, byteTest, type Runs, wordTest, xorRuns } from './statistics.ts';

/** Random bytes that come again: the same masks, or the same seeds, for two runs. */
export function repeatable(name: string): Draw {
  let count = 0;
  const key = createHash('sha256').update(name).digest().subarray(0, 16);
  return (n) => {
    const out = new BigUint64Array(n);
    kernels.prg(out, key, Buffer.from(String(count++).padEnd(16)));
    return out;
  };
}

export function fixedSeeds(name: string): NonNullable<LocalOptions['seeds']> {
  const draw = repeatable(name);
  const seed = () => new Uint8Array(draw(2).buffer);
  return [seed(), seed(), seed()];
}

/** Every message of one run, in the order of arrival. */
export async function messagesOf(program: Program, x: number, options: LocalOptions = {}, draw?: Draw) {
  const messages: Tapped[] = [];
  const parts = program.parts(x, draw);
  const results = await three(
    async (party: Party) => program.run(party, ...(parts.map((part) => part[party.role]) as never[])),
    { tap: (message) => void messages.push(message), ...options },
  );
  return { messages, parts, results: results.map((out) => (Array.isArray(out) ? out : [out]) as Result[]) };
}

/** By a name for its place in the program: a message received or sent, a value held. */
export type View = Map<string, Uint8Array>;

export const flow = (messages: readonly Tapped[]) =>
  messages.map(
    ({ from, to, label, payload }) => `${from} ${to} ${Buffer.from(label, 'latin1').toString('hex')} ${payload.length}`,
  );

export const nameOf = ({ from, to, label }: Tapped): string =>
  `${from} to ${to}, ${Buffer.from(label, 'latin1').toString('hex')}`;

/**
 * All that evaluators 1 and 2 each hold, get and say in one run. Their streams are left out: they follow from seeds that no input
 * touches.
 */
export async function viewsOf(program: Program, x: number): Promise<[View, View]> {
  const { messages, parts, results } = await messagesOf(program, x);
  const view = (role: 1 | 2): View => {
    const me = `party ${role}`;
    const seen = messages.filter(({ from, to }) => from === me || to === me);
    return new Map([
      ...seen.map((message): [string, Uint8Array] => [nameOf(message), message.payload]),
      ...parts.flatMap((part, i) => heldBytes(`input ${i}`, part[role])),
      ...results[role]!.flatMap((out, i) => heldBytes(`output ${i}`, out)),
    ]);
  };
  return [view(1), view(2)];
}

function heldBytes(name: string, value: Result): [string, Uint8Array][] {
  const packed = (a: BigUint64Array, bits: number) => {
    const out = new Uint8Array(bytesOf(a.length, bits));
    kernels.pack(out, a, bits);
    return out;
  };
  if (value instanceof Additive) return [[name, packed(value.share!, value.bits)]];
  if (!(value instanceof Masked)) return [[name, bytesOfBitmap(value.share!, value.n)]];
  return [
    [`${name}, m`, packed(value.first, value.bits)],
    [`${name}, l`, packed(value.second, value.bits)],
  ];
}

/** Least chance over all tests that the two piles of views come from one source, and the place where it is. */
export function compareViews(a: readonly View[], b: readonly View[]): { chance: number; at: string } {
  let least = { chance: 1, at: 'nowhere' };
  const note = (at: string, chance: number) => {
    if (chance < least.chance) least = { chance, at };
  };
  const [piles, others] = [pile(a), pile(b)];
  const names = [...piles.keys()];
  names.forEach((name, i) => {
    const [x, y] = [piles.get(name)!, others.get(name)!];
    for (const [kind, twoSample] of Object.entries({ bytes: byteTest, bits: bitTest, words: wordTest })) {
      note(`${name}: ${kind}`, twoSample(x, y));
    }
    for (const other of names.slice(i + 1)) {
      if (piles.get(other)![0]!.length !== x[0]!.length) continue;
      note(`${name} with ${other}`, byteTest(xorRuns(x, piles.get(other)!), xorRuns(y, others.get(other)!)));
    }
  });
  return least;
}

function pile(views: readonly View[]): Map<string, Runs> {
  return new Map([...views[0]!.keys()].map((name) => [name, views.map((view) => view.get(name)!)]));
}
