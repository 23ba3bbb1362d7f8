import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { ReadAhead } from '../../src/shares/ahead.ts';

/** Items 0 .. 9 whose bytes are their number; how reading went. */
function reader(depth: number, next = (item: number): number | undefined => (item < 9 ? item + 1 : undefined)) {
  const reads: number[] = [];
  const buffers = new Set<ArrayBufferLike>();
  const read = async (item: number, into: Uint8Array): Promise<Uint8Array> => {
    reads.push(item);
    buffers.add(into.buffer);
    await sleep(0);
    if (item === 6) throw new Error('item 6 is gone');
    return into.subarray(0, 4).fill(item);
  };
  return { reads, buffers, ahead: new ReadAhead({ read, next, bytes: 8, depth }) };
}

test('reads so many items ahead, each once, into as many buffers', async () => {
  const { reads, buffers, ahead } = reader(2);
  expect(reads).toEqual([]);
  for (const item of [0, 1, 2, 3]) {
    const filled = await ahead.take(item);
    expect([...filled]).toEqual([item, item, item, item]);
    ahead.giveBack(filled);
  }
  expect(reads).toEqual([0, 1, 2, 3, 4, 5]);
  expect(buffers.size).toBe(3);
});

test('a jump drops what was read for nothing; its buffers are used again', async () => {
  const { reads, buffers, ahead } = reader(2);
  for (const item of [0, 7, 0, 7, 0, 7]) {
    const filled = await ahead.take(item);
    expect(filled[0]).toBe(item);
    ahead.giveBack(filled);
    await sleep(1);
  }
  expect(reads.slice(0, 6)).toEqual([0, 1, 2, 7, 8, 9]);
  expect(buffers.size).toBeLessThanOrEqual(5);
});

test('the last item, a circle, and no reading ahead', async () => {
  const last = reader(3);
  expect((await last.ahead.take(9))[0]).toBe(9);
  expect(last.reads).toEqual([9]);
  const circle = reader(9, (item) => (item + 1) % 3);
  expect((await circle.ahead.take(1))[0]).toBe(1);
  expect(circle.reads).toEqual([1, 2, 0]);
  const none = reader(0);
  expect((await none.ahead.take(4))[0]).toBe(4);
  expect(none.reads).toEqual([4]);
});

test('an item that cannot be read is told to whoever takes it, and to nobody else', async () => {
  const { ahead } = reader(2);
  expect((await ahead.take(5))[0]).toBe(5);
  await sleep(1);
  await expect(ahead.take(6)).rejects.toThrow('item 6 is gone');
  expect((await ahead.take(7))[0]).toBe(7);
  await ahead.settle();
});
