/** Whoever dies, whenever: one line that names it within two seconds, and nothing left. world() looks for what is left. */
import { readdir, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, test } from 'vitest';
import { sample } from '../cases.ts';
import { randomWeights } from '../models/tiny-bert.ts';
import { type Ended, SMALL, until, world, writeCheckpoint } from './world.ts';

const { at, puma, run, start, parties } = world();

/** Many texts: a run that lasts. */
const LONG = ['infer', '--model', 'model', '--shares', 'shares', '--file', 'lines.txt'];

beforeAll(async () => {
  await puma('share-weights', '--model', 'model', '--out', 'shares');
  const wide = { ...SMALL, vocab_size: 200_000 };
  await writeCheckpoint(at('wide'), { config: wide, weights: randomWeights(wide) });
  await writeFile(at('lines.txt'), 'a b c d e f g h i j k\n'.repeat(100));
});

/** How the program ends, and how many ms after `since()`. */
async function endOf(child: ReturnType<typeof start>, since: () => number): Promise<Ended & { ms: number }> {
  const { exitCode, stdout, stderr } = await child;
  return { exitCode, stdout: String(stdout), stderr: String(stderr), ms: Date.now() - since() };
}

describe('a party is killed', () => {
  const random = (n: number) => Math.floor(n * Math.random());
  const moments = Array.from({ length: sample(2, 12) }, (_, i) => [String(i % 3), random(2000)] as const);

  test.each(moments)('party %s after %d ms', async (role, after) => {
    const child = start(LONG);
    let killed = 0;
    const ended = endOf(child, () => killed);
    await sleep(after);
    expect(await until(async () => (await parties(role)).length === 1, 5000), 'the party has started').toBe(true);
    const [pid] = await parties(role);
    killed = Date.now();
    process.kill(pid!, 'SIGKILL');
    const { ms, ...rest } = await ended;
    expect(rest).toEqual({ stdout: '', stderr: `puma: party ${role} was killed (SIGKILL) (E_PARTY)`, exitCode: 1 });
    expect(ms).toBeLessThan(2000);
  });
});

describe('the program is interrupted', () => {
  const interrupted = { stdout: '', stderr: 'puma: interrupted (E_INTERRUPTED)', exitCode: 1 };

  type Row = readonly [how: string, signal: 'SIGINT' | 'SIGTERM' | 'SIGHUP', after: number, group: 1 | -1];
  const some: Row[] = [
    ['by Ctrl-C, which reaches all', 'SIGINT', 1500, -1],
    ['alone', 'SIGTERM', 100, 1],
    ['as its terminal closes', 'SIGHUP', 600, -1],
  ];
  const more: Row[] = [
    ['by Ctrl-C, which reaches all', 'SIGINT', 0, -1],
    ['by Ctrl-C, which reaches all', 'SIGINT', 300, -1],
    ['alone', 'SIGTERM', 1200, 1],
    ['with all of its group', 'SIGTERM', 800, -1],
  ];

  test.each(sample(some, [...some, ...more]))(
    '%s: %s, %d ms after it made its temporary folder',
    async (_how, signal, after, group) => {
      const child = start(LONG, { detached: true });
      let sent = 0;
      const ended = endOf(child, () => sent);
      await until(async () => (await readdir(at('tmp'))).length > 0, 5000);
      await sleep(after);
      sent = Date.now();
      process.kill(group * child.pid!, signal);
      const { ms, ...rest } = await ended;
      expect(rest).toEqual(interrupted);
      expect(ms).toBeLessThan(2000);
    },
  );

  test.each(sample([50], [0, 50, 100]))('by Ctrl-C, %d ms after it began to share weights', async (after) => {
    const out = `out${after}`;
    const child = start(['share-weights', '--model', 'wide', '--out', out]);
    const began = async () => (await readdir(at('.'))).some((name) => name.startsWith(`${out}.partial-`));
    await until(async () => child.exitCode !== null || (await began()));
    await sleep(after);
    child.kill('SIGINT');
    const { exitCode, stdout, stderr } = await child;
    const made = (await readdir(at('.'))).includes(out);
    expect({ exitCode, stdout, stderr }).toEqual(
      made ? { exitCode: 0, stdout: expect.any(String), stderr: '' } : interrupted,
    );
  });
});

test.each(sample([1500], [0, 1500]))(
  'the program itself is killed %d ms after it started parties: they end and clean up',
  async (after) => {
    const child = start(['infer', '--model', 'model', '--file', 'lines.txt']);
    await until(async () => (await parties()).length === 3, 5000);
    await sleep(after);
    child.kill('SIGKILL');
    await child;
    expect(await until(async () => (await parties()).length === 0)).toBe(true);
    expect(await readdir(at('tmp'))).toEqual([]);
  },
);

test('nobody reads the answer: no stack', async () => {
  const ended = await run(['infer', '--model', 'model', '--shares', 'shares', '--text', 'a b c d e f g h i'], {
    through: ['sh', '-c', '"$@" | true', 'sh'],
  });
  expect(ended).toEqual({ stdout: '', stderr: '', exitCode: 0 });
});
