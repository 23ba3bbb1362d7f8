import { expect, test } from 'vitest';
import { localSessions, threeParties } from '../../src/party/local.ts';
import { Party } from '../../src/party/party.ts';
import { kernels } from '../mpc/parties.ts';

const alone = () => new Party(localSessions({ kernels })[1]!);
const rounds = (n: number) => async (party: Party) => {
  for (let i = 0; i < n; i++) party.step().countRound();
  return n;
};

test('rounds of branches: the longest counts', async () => {
  const party = alone();
  expect(await party.all(rounds(2), rounds(5), rounds(0))).toEqual([2, 5, 0]);
  expect(party.rounds).toBe(5);
  await party.all(rounds(1), (p) => p.all(rounds(3), rounds(2)));
  expect(party.rounds).toBe(8);
  expect(await party.all()).toEqual([]);
  expect(party.rounds).toBe(8);
});

test('a branch that fails fails the whole', async () => {
  const bad = alone().all(rounds(1), async () => {
    throw new Error('no');
  });
  await expect(bad).rejects.toThrow('no');
});

test('a table is made once per run', () => {
  const party = alone();
  let made = 0;
  const table = () => party.table('t', () => ++made);
  expect([table(), table()]).toEqual([1, 1]);
});

test('roles', async () => {
  expect(await threeParties(async (party) => [party.role, party.deals], { kernels })).toEqual([
    [0, true],
    [1, false],
    [2, false],
  ]);
});

test('seeds: shared by pairs, different for each pair, fresh for each run, or as given', () => {
  const seedsOf = (sessions: ReturnType<typeof localSessions>) => {
    const at = (a: 0 | 1 | 2, b: 0 | 1 | 2) => Buffer.from(sessions[a]!.seeds[b]).toString('hex');
    expect([at(0, 1), at(0, 2), at(1, 2)]).toEqual([at(1, 0), at(2, 0), at(2, 1)]);
    expect([at(0, 0), at(1, 1), at(2, 2)]).toEqual(['', '', '']);
    return [at(0, 1), at(0, 2), at(1, 2)];
  };
  expect(new Set([...seedsOf(localSessions({ kernels })), ...seedsOf(localSessions({ kernels }))]).size).toBe(6);
  const given = [1, 2, 3].map((byte) => new Uint8Array(16).fill(byte)) as [Uint8Array, Uint8Array, Uint8Array];
  expect(seedsOf(localSessions({ kernels, seeds: given }))).toEqual(['01', '02', '03'].map((hex) => hex.repeat(16)));
});

test('a failure names its party and ends the others', async () => {
  const run = threeParties(
    async (party) => {
      if (party.role === 2) throw new Error('out of paper');
      return party.session.links[2]!.receive('never........'.slice(0, 12));
    },
    { kernels },
  );
  await expect(run).rejects.toThrow('party 2: out of paper');
});
