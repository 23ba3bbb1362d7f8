import { chmod, mkdir, open, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { afterEach, expect, test, vi } from 'vitest';
import { openShares, type ShareOptions, writeShares } from '../../src/shares/index.ts';
import { refusal, SMALL, scratch, shareOptions, snapshot, weights } from './helpers.ts';

const path = scratch();
afterEach(() => vi.restoreAllMocks());

/** A new folder to share into, and a check that nothing but `expected` is in it afterwards. */
async function room(name: string): Promise<{ out: string; expectLeft: (...expected: string[]) => Promise<void> }> {
  await mkdir(path(name));
  const expectLeft = async (...expected: string[]) => expect(await readdir(path(name))).toEqual(expected);
  return { out: path(name, 'out'), expectLeft };
}

/** Sharing that throws when tensor `at` is built. */
function failing(options: ShareOptions, at: number, error: () => Error): ShareOptions {
  const plan = options.plan.map((tensor, t) =>
    t === at ? { ...tensor, build: async () => Promise.reject(error()) } : tensor,
  );
  return { ...options, plan };
}

test('an existing folder is only replaced with force', async () => {
  const { out, expectLeft } = await room('force');
  await writeShares(shareOptions(SMALL, out));
  const before = await snapshot(out);
  const refused = writeShares(shareOptions(SMALL, out));
  await expect(refused).rejects.toMatchObject({ code: 'E_EXISTS', message: `${out} exists already`, exitCode: 2 });
  expect(await snapshot(out)).toEqual(before);
  const { id } = await writeShares({ ...shareOptions(SMALL, out), force: true });
  expect((await openShares(out, 0)).manifest.id).toBe(id);
  await expectLeft('out');
});

test('a failed replacement leaves the old shares', async () => {
  const { out, expectLeft } = await room('replaced');
  await writeShares(shareOptions(SMALL, out));
  const before = await snapshot(out);
  await expect(
    writeShares(failing({ ...shareOptions(SMALL, out), force: true }, 1, () => new Error('no'))),
  ).rejects.toThrow('no');
  expect(await snapshot(out)).toEqual(before);
  await expectLeft('out');
});

test('force replaces damaged shares and empty folders, and nothing else', async () => {
  const share = (out: string) => writeShares({ ...shareOptions(SMALL, out), force: true });
  await mkdir(path('empty'));
  await share(path('empty'));
  await writeFile(path('empty', 'party1', 'masked.safetensors'), 'damaged');
  await rm(path('empty', 'party2'), { recursive: true });
  await share(path('empty'));

  await writeFile(path('empty', 'party0', 'thesis.doc'), '');
  expect(await refusal(share(path('empty')))).toBe(
    `E_EXISTS ${path('empty')} is not replaced: party0 holds "thesis.doc", so it is no folder of Puma shares`,
  );
  await mkdir(path('home', 'party0'), { recursive: true });
  await writeFile(path('home', 'letters'), '');
  expect(await refusal(share(path('home')))).toBe(
    `E_EXISTS ${path('home')} is not replaced: it holds "letters", so it is no folder of Puma shares`,
  );
  await rm(path('home', 'letters'));
  await writeFile(path('home', 'party0', 'manifest.json'), '{}');
  expect(await refusal(share(path('home')))).toMatch(/party0\/manifest\.json is not a manifest of Puma shares$/);
  await writeFile(path('file'), '');
  await symlink(path('empty'), path('link'));
  for (const name of ['file', 'link']) {
    expect(await refusal(share(path(name)))).toBe(`E_EXISTS ${path(name)} is not replaced: it is no folder`);
  }
});

test('an interrupted run leaves nothing', async () => {
  const { out, expectLeft } = await room('interrupted');
  for (const at of [0, 1, 2]) {
    const stop = new AbortController();
    const onProgress = ({ done }: { done: number }) => done === at && stop.abort(new Error('stopped'));
    if (at === 0) stop.abort(new Error('stopped'));
    const run = writeShares({ ...shareOptions(SMALL, out), signal: stop.signal, onProgress });
    await expect(run).rejects.toThrow('stopped');
    await expectLeft();
  }
});

test('an interruption is noticed within a tensor', async () => {
  const { out, expectLeft } = await room('within');
  const stop = new AbortController();
  setTimeout(() => stop.abort(new Error('stopped')), 20);
  const run = writeShares({
    ...shareOptions([weights('w', 'vector', [400_000])], out),
    signal: stop.signal,
    chunkLanes: 64,
  });
  await expect(run).rejects.toThrow('stopped');
  await expectLeft();
});

test('parents are made, and removed again on failure', async () => {
  const { out, expectLeft } = await room('parents');
  await expect(writeShares(failing(shareOptions(SMALL, `${out}/a/b`), 2, () => new Error('no')))).rejects.toThrow('no');
  await expectLeft();
  await writeShares(shareOptions(SMALL, `${out}/a/b/`));
  await expectLeft('out');
});

test('a disk without room is refused before it is written to', async () => {
  const { out, expectLeft } = await room('space');
  const run = writeShares({
    ...shareOptions([weights('w', 'matrix', [1_000_000])], out),
    freeBytes: async () => 2.5e6,
  });
  await expect(run).rejects.toMatchObject({
    code: 'E_DISK',
    exitCode: 1,
    message: `${out}: needs 8.1 MB, but only 2.5 MB are free on this disk`,
  });
  await expectLeft();
});

test('a disk that fills up', async () => {
  const { out, expectLeft } = await room('full');
  const probe = await open(path('probe'), 'w');
  const full = Object.assign(new Error('no space left'), { code: 'ENOSPC' });
  await probe.close();
  vi.spyOn(Object.getPrototypeOf(probe), 'write').mockRejectedValue(full);
  expect(await refusal(writeShares(shareOptions(SMALL, out)))).toBe(
    `E_DISK ${out}/party1/masked.safetensors: the disk is full`,
  );
  await expectLeft();
});

test('places that cannot be written', async () => {
  await writeFile(path('plain'), '');
  expect(await refusal(writeShares(shareOptions(SMALL, path('plain', 'out'))))).toBe(
    `E_WRITE cannot write ${path('plain', 'out')}: a part of the path is a file, not a folder`,
  );
  expect(await refusal(writeShares(shareOptions(SMALL, '/proc/puma/out')))).toMatch(/^E_WRITE cannot write \/proc/);
  if (process.getuid?.() === 0) return; // root may write anywhere
  const { out } = await room('locked');
  await chmod(path('locked'), 0o500);
  expect(await refusal(writeShares(shareOptions(SMALL, out)))).toBe(`E_WRITE cannot write ${out}: permission denied`);
});

const BAD: [value: number, kind: 'matrix' | 'table' | 'vector', message: string][] = [
  [Number.NaN, 'matrix', 'is NaN: not finite'],
  [Number.NEGATIVE_INFINITY, 'vector', 'is -Infinity: not finite'],
  [2 ** 44, 'matrix', 'is 17592186044416: too large for the ring (64 bits with 18 of fraction hold less than 2^44)'],
  [-4096, 'table', 'is -4096: too large for the ring (32 bits with 18 of fraction hold less than 2^12)'],
  [2 ** 28, 'vector', 'is 268435456: too large for the ring (48 bits with 18 of fraction hold less than 2^28)'],
];

test.each(BAD)('weights that do not fit: %d in a %s', async (value, kind, message) => {
  const bad = weights('w', kind, [40]);
  bad.data[21] = value;
  const out = path('range');
  expect(await refusal(writeShares({ ...shareOptions([bad], out), chunkLanes: 16 }))).toBe(
    `E_RANGE element 21 of "w" ${message}`,
  );
  expect(await readdir(path('.'))).not.toContain('range');
});
