/** Disks that are full or cannot be written: real ones, mounted for one command, where that is allowed. */
import { spawnSync } from 'node:child_process';
import { chmod, mkdir, open, writeFile } from 'node:fs/promises';
import { beforeAll, describe, expect, test } from 'vitest';
import { world } from './world.ts';

const { at, run } = world();

const isRoot = process.getuid?.() === 0;
const apart = ['unshare', '--mount', ...(isRoot ? [] : ['--map-root-user'])];
const canMount = spawnSync('unshare', [...apart.slice(1), 'mount', '-t', 'tmpfs', 'none', '/mnt']).status === 0;

beforeAll(() => mkdir(at('disk')));

const SHARE = ['share-weights', '--model', 'model', '--out', 'disk/out'];
const INFER = ['infer', '--model', 'model', '--text', 'a b c'];

describe.skipIf(!canMount)('a disk of its own', () => {
  const mounted = (options: string) => [
    ...apart,
    'sh',
    '-c',
    `mount -t tmpfs -o ${options} none disk && exec "$@"`,
    'sh',
  ];

  test.each([
    [
      'too small for shares',
      SHARE,
      'size=128k',
      /^puma: \.\/disk\/out: needs 0\.\d MB, but only 0\.1 MB are free on this disk \(E_DISK\)\n {2}Free some space or .*$/,
      1,
    ],
    [
      'too small for temporary shares',
      INFER,
      'size=128k',
      /^puma: \.\/disk\/puma-\w+\/shares: needs .* \(E_DISK\)\n {2}Set TMPDIR to a folder on another disk, or share once: .*$/,
      1,
    ],
    [
      'full',
      INFER,
      'nr_inodes=1',
      /^puma: \.\/disk: the disk is full \(E_DISK\)\n {2}Free some space, or set TMPDIR to a folder on another disk\.$/,
      1,
    ],
    [
      'read-only, for shares',
      SHARE,
      'ro',
      /^puma: cannot write \.\/disk\/out: the file system is read-only \(E_WRITE\)\n {2}Choose a folder on a disk that can be written\.$/,
      2,
    ],
    [
      'read-only, for temporary files',
      INFER,
      'ro',
      /^puma: \.\/disk is no folder for temporary files: it is read-only \(E_TEMP\)\n {2}Set TMPDIR to such a folder\.$/,
      2,
    ],
  ])('%s', async (_what, args, options, stderr, exitCode) => {
    const ended = await run(args, { through: mounted(options), temp: at('disk') });
    expect(ended.stderr).toMatch(stderr);
    expect(ended).toMatchObject({ stdout: '', exitCode });
  });
});

describe('the folder for temporary files', () => {
  beforeAll(async () => {
    await writeFile(at('file'), '');
    await mkdir(at('x'.repeat(100)));
  });

  test.each([
    [
      'none',
      'none',
      'puma: ./none is no folder for temporary files: it does not exist (E_TEMP)\n  Set TMPDIR to such a folder.',
    ],
    [
      'a file',
      'file',
      'puma: ./file is no folder for temporary files: it is a file (E_TEMP)\n  Set TMPDIR to such a folder.',
    ],
    [
      'too deep for a socket',
      'x'.repeat(100),
      expect.stringMatching(
        /^puma: the socket path .* may have 100 \(E_ADDRESS\)\n {2}Set TMPDIR to a folder with a shorter path\.$/,
      ),
    ],
  ])('%s', async (_what, temp, stderr) => {
    expect(await run(INFER, { temp: at(temp) })).toEqual({ stdout: '', stderr, exitCode: 2 });
  });
});

test.skipIf(isRoot)('a folder of somebody else', async () => {
  await mkdir(at('locked'), { mode: 0o555 });
  const ended = await run(['share-weights', '--model', 'model', '--out', 'locked/out']);
  await chmod(at('locked'), 0o755);
  expect(ended).toEqual({
    stdout: '',
    stderr: "puma: cannot write ./locked/out: permission denied (E_WRITE)\n  Check the folder's owner and permissions.",
    exitCode: 2,
  });
});

test.skipIf(process.platform !== 'linux')('standard output on a full disk', async () => {
  const full = await open('/dev/full', 'w');
  const ended = await run(['models'], { stdout: full.fd as never });
  await full.close();
  expect(ended).toMatchObject({
    stderr: expect.stringMatching(/^puma: cannot write to standard output: ENOSPC.* \(E_WRITE\)$/),
    exitCode: 1,
  });
});
