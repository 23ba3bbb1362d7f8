/** Runs on a network that is not there. */
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, test } from 'vitest';
import { network } from '../../src/report/units.ts';
import { readNetwork } from '../../src/transport/shaped.ts';
import { sample } from '../cases.ts';
import { until, world } from './world.ts';

const { call, start, parties } = world();

const TEXT = ['--text', 'a b c d e'];

beforeAll(async () => {
  await call('share-weights', '--model', 'model', '--out', 'shares');
});

test.each([
  ['lan', 'lan: 0.5 ms, 5 Gbit/s'],
  ['wan', 'wan: 40 ms, 400 Mbit/s'],
  ['10ms,1Gbit', '10 ms, 1 Gbit/s'],
  ['1500ms,2500Mbit', '1.5 s, 2.5 Gbit/s'],
  ['2s,56kbit', '2 s, 56 kbit/s'],
])('%s reads %s', (name, text) => {
  expect(network(readNetwork(name)!)).toBe(text);
});

describe('--network', () => {
  test('the same answer and the same bytes, later, and the report says why', async () => {
    const run = async (...more: string[]) => {
      const { stdout } = await call('infer', '--model', 'model', '--shares', 'shares', ...TEXT, '--json', ...more);
      return JSON.parse(stdout);
    };
    const [plain, shaped] = [await run(), await run('--network', '10ms,1Gbit')];
    expect(plain.network).toBeUndefined();
    expect(shaped.network).toEqual({ name: '10ms,1Gbit', rttMs: 10, bitsPerSecond: 1e9 });
    const { dealer, online } = plain.bytes;
    expect(shaped.bytes).toMatchObject({ dealer, online });
    expect(shaped.rounds).toBe(plain.rounds);
    expect(shaped.results[0].label).toBe(plain.results[0].label);
    expect(shaped.seconds.inference).toBeGreaterThanOrEqual((shaped.rounds * 5) / 1000);
  });

  const lines: [verb: string, network: string, line: RegExp][] = [
    ['infer', 'lan', /^network +lan: 0\.5 ms, 5 Gbit\/s \(shaped\)$/m],
    ['compare-plaintext', '0ms,20Mbit', /^network +0 ms, 20 Mbit\/s \(shaped\)$/m],
  ];

  test.each(sample(lines.slice(0, 1), lines))('%s on %s, for people', async (verb, network, line) => {
    const args = ['--model', 'model', '--shares', 'shares', ...TEXT, '--network', network];
    const { stdout, exitCode } = await call(verb, ...args);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(line);
  });

  test('nothing else', async () => {
    expect(await call('infer', '--model', 'model', ...TEXT, '--network', 'fast')).toEqual({
      stdout: '',
      stderr:
        "puma: option '--network <lan|wan|rtt,bandwidth>' argument 'fast' is invalid. It must be lan, wan, or a round trip and a bandwidth: 10ms,1Gbit. (E_USAGE)\n" +
        '  try puma infer --help',
      exitCode: 2,
    });
  });

  test.each(sample(['1'], ['0', '1', '2']))('party %s is killed while messages are under way', async (role) => {
    const child = start(['infer', '--model', 'model', '--shares', 'shares', ...TEXT, '--network', '400ms,1Mbit']);
    expect(await until(async () => (await parties(role)).length === 1, 5000), 'the party has started').toBe(true);
    await sleep(1500);
    process.kill((await parties(role))[0]!, 'SIGKILL');
    const { exitCode, stderr } = await child;
    expect({ exitCode, stderr }).toEqual({
      exitCode: 1,
      stderr: `puma: party ${role} was killed (SIGKILL) (E_PARTY)`,
    });
  });
});
