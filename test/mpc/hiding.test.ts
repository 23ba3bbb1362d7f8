import { describe, expect, test, vi } from 'vitest';
import type { Additive, SharedBits } from '../../src/mpc/values.ts';
import type { Party } from '../../src/party/party.ts';
import { lanes } from '../../src/party/random.ts';
import { bytesOf, bytesOfBitmap } from '../../src/party/step.ts';
import { sample } from '../cases.ts';
import { additive, shared } from './parties.ts';
import { N, PROGRAMS, type Program } from './programs.ts';
import { fairTest, type Runs, xorRuns } from './statistics.ts';
import { compareViews, fixedSeeds, flow, messagesOf, repeatable, type View, viewsOf } from './views.ts';

vi.setConfig({ testTimeout: 300_000 }); // the portable engine takes its time

/** Chance of a false alarm in one comparison; with all of them together it stays below one in a million. */
const ALPHA = 1e-11;
const RUNS = sample(8, 24);

/** The views of evaluators 1 and 2, over many runs with fresh seeds. */
async function views(program: Program, x: number): Promise<[View[], View[]]> {
  const all = await Promise.all(Array.from({ length: RUNS }, () => viewsOf(program, x)));
  return [all.map(([one]) => one), all.map(([, two]) => two)];
}

describe.each(PROGRAMS.map((program) => [program.name, program] as const))('%s', (name, program) => {
  const [one, other] = program.inputs;

  test('the dealer gets nothing, and what it sends does not depend on the input: equal to the byte', async () => {
    const sent = async (x: number) => {
      const { messages } = await messagesOf(program, x, { seeds: fixedSeeds(name) }, repeatable(name));
      expect(messages.filter(({ to }) => to === 'party 0')).toEqual([]);
      return messages.filter(({ from }) => from === 'party 0');
    };
    const [first, second] = [await sent(one), await sent(other)];
    expect(second).toEqual(first);
  });

  test('messages have the same order, places and lengths', async () => {
    const [first, second] = [await messagesOf(program, one), await messagesOf(program, other)];
    expect(flow(second.messages)).toEqual(flow(first.messages));
  });

  test('neither evaluator can tell one input from the other, and what they open is uniform', async () => {
    const [a, b] = [await views(program, one), await views(program, other)];
    for (const role of [0, 1] as const) {
      const { chance, at } = compareViews(a[role], b[role]);
      expect(chance, `evaluator ${role + 1}: ${at}`).toBeGreaterThan(ALPHA);
    }
    for (const all of [a[0], b[0]]) {
      for (const [place, opened] of openings(all)) expect(fairTest(opened), `opened, ${place}`).toBeGreaterThan(ALPHA);
    }
  });
});

/** What two evaluators' messages of one step give together: bits under their masks, or masked values. */
function openings(all: readonly View[]): Map<string, Runs> {
  const ones = [...all[0]!.keys()].filter((name) => name.startsWith('party 1 to party 2'));
  return new Map(
    ones.map((name) => {
      const back = name.replace('party 1 to party 2', 'party 2 to party 1');
      return [
        name,
        xorRuns(
          all.map((view) => view.get(name)!),
          all.map((view) => view.get(back)!),
        ),
      ];
    }),
  );
}

describe('a protocol that forgets its mask is caught', () => {
  const raw = async (party: Party, message: Uint8Array) => {
    const step = party.step();
    if (!party.deals) await step.exchange(message);
  };
  const BROKEN: Program[] = [
    {
      name: 'remask without a mask',
      inputs: [0, -(10 ** 9)],
      parts: (x, draw) => [additive(Array<bigint>(N).fill(BigInt(x)), { bits: 64 }, draw)],
      run: async (party: Party, z: Additive) => {
        const message = new Uint8Array(bytesOf(N, 64));
        if (!party.deals) party.kernels.pack(message, z.share!, 64);
        await raw(party, message);
        return z;
      },
    },
    {
      name: 'a bit opened without a mask',
      inputs: [0, 1],
      parts: (x, draw) => [shared(Array<number>(N).fill(x), draw)],
      run: async (party: Party, b: SharedBits) => {
        await raw(party, bytesOfBitmap(b.share ?? lanes(N / 64), N));
        return b;
      },
    },
    {
      name: 'remask with half a mask',
      inputs: [0, 2 ** 40],
      parts: (x, draw) => [additive(Array<bigint>(N).fill(BigInt(x)), { bits: 64 }, draw)],
      run: async (party: Party, z: Additive) => {
        const [mask, message] = [party.deals ? lanes(N) : party.step().random(0, N), new Uint8Array(bytesOf(N, 64))];
        party.kernels.shiftRight(mask, mask, 32, 64);
        if (!party.deals) party.kernels.packAdd(message, z.share!, mask, 64);
        await raw(party, message);
        return z;
      },
    },
  ];
  test.each(BROKEN.map((program) => [program.name, program] as const))('%s', async (_, program) => {
    const [[a], [b]] = [await views(program, program.inputs[0]), await views(program, program.inputs[1])];
    expect(compareViews(a, b).chance).toBeLessThan(ALPHA);
  });
});
