import { expect, test } from 'vitest';
import { AGREE_LABEL, type Agreement, agreeSeeds } from '../../src/party/agree.ts';
import { localSessions } from '../../src/party/local.ts';
import { kernels } from '../mpc/parties.ts';

const DIGEST = 'ab'.repeat(32);
const key = (byte: number) => new Uint8Array(16).fill(byte);
/** Mask keys as the share folders hold them: the dealer both, each evaluator its own. */
const KEYS = [
  [undefined, key(1), key(2)],
  [key(1), undefined, undefined],
  [key(2), undefined, undefined],
];

async function agreed(change: (agreement: Agreement) => Agreement = (same) => same) {
  const all = localSessions({ kernels }).map(({ role, links }) =>
    change({ role, runId: 'run', digest: DIGEST, keys: KEYS[role]!, links }),
  );
  const seeds = await Promise.all(all.map(agreeSeeds));
  return seeds.map((row) => row.map((seed) => Buffer.from(seed).toString('hex')));
}

test('each pair agrees on a seed of its own, anew for every run', async () => {
  const [first, second] = [await agreed(), await agreed()];
  for (const seeds of [first, second]) {
    expect([seeds[0]![1], seeds[0]![2], seeds[1]![2]]).toEqual([seeds[1]![0], seeds[2]![0], seeds[2]![1]]);
    expect(seeds.map((row, i) => row[i])).toEqual(['', '', '']);
  }
  const all = [first, second].flatMap((seeds) => [seeds[0]![1], seeds[0]![2], seeds[1]![2]]);
  expect(new Set(all).size).toBe(6);
  for (const seed of all) expect(seed).toHaveLength(32);
});

test('whoever lacks the mask key gets another seed', async () => {
  const seeds = await agreed((agreement) => (agreement.role === 1 ? { ...agreement, keys: [key(9)] } : agreement));
  expect(seeds[0]![1]).not.toBe(seeds[1]![0]);
  expect(seeds[0]![2]).toBe(seeds[2]![0]);
});

test('another manifest is refused', async () => {
  const other = agreed((agreement) => (agreement.role === 2 ? { ...agreement, digest: 'cd'.repeat(32) } : agreement));
  await expect(other).rejects.toMatchObject({
    code: 'E_MANIFEST',
    message: 'the manifests of party 0 and party 2 differ: they hold shares of different runs',
  });
});

test('a key of the wrong length is refused', async () => {
  const [, one] = localSessions({ kernels });
  const other = localSessions({ kernels });
  other[0]!.links[1]!.send(AGREE_LABEL, new Uint8Array(5));
  const bad = agreeSeeds({
    role: 1,
    runId: 'run',
    digest: DIGEST,
    keys: [],
    links: [other[1]!.links[0], undefined, one!.links[2]],
  });
  await expect(bad).rejects.toMatchObject({ code: 'E_PROTOCOL', message: 'party 0 sent no session key' });
});
