import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { openSafetensors } from '../../src/loaders/safetensors.ts';
import { writeShares } from '../../src/shares/index.ts';
import { SoundChunks } from '../../src/shares/sound.ts';
import { flip, refusal, scratch, shareOptions, weights } from './helpers.ts';

const path = scratch();

/** Four chunks of 64 bytes. */
async function opened(name: string) {
  const tensors = [weights('w', 'matrix', [32])];
  const manifest = await writeShares({ ...shareOptions(tensors, path(name)), chunkLanes: 8 });
  const at = path(name, 'party1', 'masked.safetensors');
  const file = await openSafetensors(at);
  const chunks = await SoundChunks.open(file, manifest);
  const read = (number: number) => chunks.read(number, new Uint8Array(64));
  // times of modification are no finer than a few ms
  const alter = async (number: number) => sleep(20).then(() => flip(at, -64 * (4 - number)));
  const altered = `E_TAMPERED ${at}: tensor "w" was altered: its SHA-256 is not the manifest's`;
  return { chunks, read, alter, altered, close: () => file.close() };
}

test('an altered chunk is refused, and no other', async () => {
  const { chunks, read, alter, altered, close } = await opened('one');
  await alter(2);
  for (const number of [0, 1, 3]) chunks.check(number, await read(number));
  const third = await read(2);
  expect(await refusal(() => chunks.check(2, third))).toBe(altered);
  await close();
});

test('a sum is taken once, and again after the file was written to', async () => {
  const { chunks, read, alter, altered, close } = await opened('again');
  const first = await read(0);
  chunks.check(0, first);
  first[0]! ^= 1; // in memory: what nobody looks at twice
  chunks.check(0, first);
  await alter(3);
  const changed = await read(0);
  changed[0]! ^= 1;
  expect(await refusal(() => chunks.check(0, changed))).toBe(altered);
  await close();
});

test('bytes from before a change say nothing of those after it', async () => {
  const { chunks, read, alter, altered, close } = await opened('race');
  const before = await read(1);
  await alter(1);
  await read(0); // by this the change is noticed
  chunks.check(1, before); // they are as shared still
  const after = await read(1);
  expect(await refusal(() => chunks.check(1, after))).toBe(altered);
  await close();
});
