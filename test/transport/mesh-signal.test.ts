/** Whoever looks for the others can be told to stop: at once, and with nothing left open. */
import { readdir } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Addresses, type End, localAddresses } from '../../src/transport/address.ts';
import { openMesh } from '../../src/transport/mesh.ts';
import { scratch } from './pairs.ts';

let place: Awaited<ReturnType<typeof scratch>>;
let addresses: Addresses;

beforeEach(async () => {
  place = await scratch();
  addresses = await localAddresses(place.folder, 'linux');
});

afterEach(() => place.remove());

const reason = new Error('enough');

test.each<[End, string, number]>([
  ['client', 'before it dials', -1],
  ['client', 'while it dials', 30],
  [1, 'before it listens', -1],
  [1, 'while it listens and dials', 30],
])('%s gives up %s', async (me, _when, after) => {
  const stop = new AbortController();
  if (after < 0) stop.abort(reason);
  const opening = openMesh({ me, runId: 'ab', addresses, signal: stop.signal, deadlineMs: 2 ** 30 });
  if (after >= 0) void sleep(after).then(() => stop.abort(reason));
  await expect(opening).rejects.toBe(reason);
  expect(await readdir(place.folder)).toEqual([]);
});

test('links that stand tell their other ends', async () => {
  const stop = new AbortController();
  const zero = openMesh({ me: 0, runId: 'ab', addresses }).catch((error) => error);
  const one = openMesh({ me: 1, runId: 'ab', addresses, signal: stop.signal }).catch((error) => error);
  void sleep(400).then(() => stop.abort(reason)); // dialing may take a few attempts
  expect(await one).toBe(reason);
  expect(await zero).toMatchObject({ code: 'E_PEER', message: 'party 1 stopped: enough' });
});

test('a mesh that stands does not end with the signal', async () => {
  const stop = new AbortController();
  const ends = ([0, 1, 2, 'client'] as const).map((me) =>
    openMesh({ me, runId: 'ab', addresses, signal: stop.signal }),
  );
  const meshes = await Promise.all(ends);
  stop.abort(reason);
  meshes[0]!.links.get(1)!.send('12 bytes....', Uint8Array.of(7));
  expect(await meshes[1]!.links.get(0)!.receive('12 bytes....')).toEqual(Uint8Array.of(7));
  await Promise.all(meshes.map((mesh) => mesh.close()));
});
