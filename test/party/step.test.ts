import { describe, expect, test } from 'vitest';
import { localSessions, threeParties } from '../../src/party/local.ts';
import { Party } from '../../src/party/party.ts';
import { bitmapOf, bytesOf, bytesOfBitmap, type Deal, wordsOf } from '../../src/party/step.ts';
import { kernels } from '../mpc/parties.ts';

const ring = (values: bigint[], bits: number): Deal<Party> => ({
  count: values.length,
  bits,
  make: () => BigUint64Array.from(values),
});
const bits = (word: bigint, count: number): Deal<Party> => ({ count, bits: 0, make: () => BigUint64Array.of(word) });

const three = <R>(run: (party: Party) => Promise<R>) => threeParties(run, { kernels });

describe('deal', () => {
  test('the halves add up to what was dealt', async () => {
    const items = [ring([1n, 2n, 3n], 64), ring([500n], 9), bits(0b1011n, 4), ring([], 5), ring([7n], 1)];
    const [none, one, two] = await three((party) => party.step().deal(items));
    expect(none).toEqual([]);
    const sum = (i: number, k: number) => [...one[i]!].map((a, j) => BigInt.asUintN(k, a + two[i]![j]!));
    expect(sum(0, 64)).toEqual([1n, 2n, 3n]);
    expect(sum(1, 9)).toEqual([500n]);
    expect(one[2]![0]! ^ two[2]![0]!).toBe(0b1011n);
    expect(sum(3, 5)).toEqual([]);
    expect(sum(4, 1)).toEqual([1n]);
  });

  test('nothing to deal: no message', async () => {
    const sent = await three(async (party) => {
      await party.step().deal([]);
      return party.session.meter.messages;
    });
    expect(sent).toEqual([0, 0, 0]);
  });

  test('one item goes to one evaluator only, in exactly its bits', async () => {
    const [dealer] = await three(async (party) => {
      await party.step().deal([ring(Array(64).fill(1n), 20)]);
      return { ...party.session.meter };
    });
    expect(dealer).toEqual({ dealt: (64 * 20) / 8, online: 0, messages: 1 });
  });

  test('both links carry the same load', async () => {
    const [loads] = await three(async (party) => {
      for (let i = 0; i < 200; i++) await party.step().deal(Array(i % 3).fill(ring(Array(64).fill(1n), 64)));
      return party.session.links.map((link) => link?.traffic.sent ?? 0);
    });
    expect(loads[1]! / loads[2]!).toBeGreaterThan(0.97);
    expect(loads[1]! / loads[2]!).toBeLessThan(1.03);
  });

  test('a value of the wrong length is a bug of ours', async () => {
    const session = localSessions({ kernels })[0]!;
    const bad = new Party(session).step().deal([{ count: 2, bits: 8, make: () => BigUint64Array.of(1n) }]);
    await expect(bad).rejects.toThrow('internal: a dealt value has the wrong length');
  });
});

describe('random', () => {
  test('is alike for the two who share a seed, and for nobody else', async () => {
    const draws = await three(async (party) => {
      const step = party.step();
      return ([0, 1, 2] as const).map((peer) => (peer === party.role ? '' : `${step.random(peer, 4)}`));
    });
    expect(draws[0][1]).toBe(draws[1][0]);
    expect(draws[0][2]).toBe(draws[2][0]);
    expect(draws[1][2]).toBe(draws[2][1]);
    expect(new Set([draws[0][1], draws[0][2], draws[1][2]]).size).toBe(3);
  });

  test('goes on within a step, and differs from step to step', async () => {
    await three(async (party) => {
      const peer = party.role === 0 ? 1 : 0;
      const [one, two] = [party.step(), party.step()];
      const draws = [one.random(peer, 3), one.random(peer, 3), two.random(peer, 3)].map(String);
      expect(new Set(draws).size).toBe(3);
    });
  });

  test('bits come with a clean tail', async () => {
    await three(async (party) => {
      const map = party.step().randomBits(party.role === 0 ? 1 : 0, 67);
      expect(map).toHaveLength(2);
      expect(map[1]! >> 3n).toBe(0n);
    });
  });
});

describe('exchange', () => {
  test('evaluators swap; everybody counts the round', async () => {
    const got = await three(async (party) => {
      const step = party.step();
      step.countRound();
      const theirs = party.deals ? [] : [...(await step.exchange(Uint8Array.of(party.role)))];
      return { theirs, rounds: party.rounds };
    });
    expect(got.map(({ theirs }) => theirs)).toEqual([[], [2], [1]]);
    expect(got.map(({ rounds }) => rounds)).toEqual([1, 1, 1]);
  });

  test('the dealer takes no part', async () => {
    const dealer = new Party(localSessions({ kernels })[0]!);
    await expect(dealer.step().exchange(new Uint8Array(1))).rejects.toThrow('the dealer takes no part in exchanges');
  });

  test('a message of another length ends the run and names its sender', async () => {
    const sessions = localSessions({ kernels });
    const [one, two] = [new Party(sessions[1]!).step(), new Party(sessions[2]!).step()];
    const [short, long] = await Promise.allSettled([one.exchange(new Uint8Array(3)), two.exchange(new Uint8Array(5))]);
    const reasons = [short, long].map((end) => (end.status === 'rejected' ? String(end.reason.message) : ''));
    expect(reasons[0]).toBe('party 2 sent 5 bytes where 3 were expected');
    expect(reasons[1]).toMatch(/party 1 sent 3 bytes where 5 were expected|party 1 stopped: party 2 sent 5 bytes/);
  });
});

test('bitmaps and their bytes', () => {
  expect([0, 1, 64, 65].map(wordsOf)).toEqual([0, 1, 1, 2]);
  expect([bytesOf(3, 20), bytesOf(9, 0), bytesOf(0, 64)]).toEqual([8, 2, 0]);
  expect([...bytesOfBitmap(BigUint64Array.of(0x0201n), 10)]).toEqual([1, 2]);
  const party = new Party(localSessions({ kernels })[1]!);
  expect([...bitmapOf(party, Uint8Array.of(1, 0xff), 10)]).toEqual([0x0301n]);
});
