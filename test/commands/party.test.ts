/** The command behind each party, which people do not call: what it tells the one that does. */
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { beforeAll, expect, test } from 'vitest';
import { until, world } from './world.ts';

const { at, puma, run, start } = world();

const args = (role: number, sockets: string) => [
  ...['party', '--role', String(role), '--run', 'ab', '--sockets', sockets, '--shares', `shares/party${role}`],
];

beforeAll(() => puma('share-weights', '--model', 'model', '--out', 'shares'));

test('its socket is in use', async () => {
  await mkdir(at('taken'));
  await writeFile(at('taken', 'party0.sock'), '');
  const { stdout, stderr, exitCode } = await run(args(0, 'taken'));
  const hint = 'if no Puma is running, an earlier one was killed: remove it';
  const error = { code: 'E_ADDRESS', message: 'taken/party0.sock is in use', exitCode: 2, remedy: hint };
  expect(JSON.parse(stdout)).toEqual({ error });
  expect({ stderr, exitCode }).toEqual({ stderr: `puma: ${error.message} (E_ADDRESS)\n  ${hint}`, exitCode: 2 });
});

test.each([
  ['puma-run', 'and removes the folder for temporary files', false],
  ['mine', 'and leaves a folder that is not one of ours', true],
])('in %s it ends with whoever started it, %s', async (sockets, _what, stays) => {
  await mkdir(at(sockets));
  const child = start(args(1, sockets));
  await until(async () => (await readdir(at(sockets))).includes('party1.sock'));
  child.stdin!.end();
  expect((await child).exitCode).toBe(1);
  expect((await readdir(at('.'))).includes(sockets)).toBe(stays);
});

test('a signal for a debugger opens none', async () => {
  await mkdir(at('debug'));
  const child = start(args(2, 'debug'));
  await until(async () => (await readdir(at('debug'))).includes('party2.sock'));
  child.kill('SIGUSR1');
  child.stdin!.end();
  expect(String((await child).stderr)).not.toContain('Debugger');
});

test('there is no party 3', async () => {
  expect(await run(args(3, 'taken'))).toMatchObject({
    stderr:
      "puma: option '--role <0|1|2>' argument '3' is invalid. It must be 0, 1 or 2. (E_USAGE)\n  try puma party --help",
    exitCode: 2,
  });
});
