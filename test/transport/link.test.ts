import { describe, expect, test } from 'vitest';
import { HEADER_BYTES, type Link } from '../../src/transport/link.ts';
import { memoryPair, type Tapped } from '../../src/transport/memory.ts';
import { bytes, KINDS, label } from './pairs.ts';

const MB = 2 ** 20;

async function closeBoth([one, two]: [Link, Link]): Promise<void> {
  await Promise.all([one.close(), two.close()]);
}

describe.each(KINDS)('%s', (_kind, pair) => {
  test('each end knows the name of the other', async () => {
    const ends = await pair();
    expect(ends.map((end) => end.peer)).toEqual(['party 2', 'party 1']);
    await closeBoth(ends);
  });

  test('labels may be received in any order, before or after they are sent', async () => {
    const ends = await pair();
    const [one, two] = ends;
    const early = two.receive(label('c'));
    one.send(label('a'), bytes(1));
    one.send(label('b'), bytes(2), bytes(), bytes(3, 4));
    one.send(label('c'), bytes(5));
    expect(await early).toEqual(bytes(5));
    expect(await two.receive(label('b'))).toEqual(bytes(2, 3, 4));
    expect(await two.receive(label('a'))).toEqual(bytes(1));
    await closeBoth(ends);
  });

  test('both directions at once, many messages, received backwards', async () => {
    const ends = await pair();
    const [one, two] = ends;
    const count = 3000;
    for (let i = 0; i < count; i++) {
      one.send(label('up', i), bytes(i, i >> 8));
      two.send(label('down', i), bytes(i >> 8, i));
    }
    for (let i = count - 1; i >= 0; i--) {
      expect(await two.receive(label('up', i))).toEqual(bytes(i, i >> 8));
      expect(await one.receive(label('down', i))).toEqual(bytes(i >> 8, i));
    }
    const all = count * (HEADER_BYTES + 2);
    expect([one.traffic, two.traffic]).toEqual([
      { sent: all, received: all },
      { sent: all, received: all },
    ]);
    await closeBoth(ends);
  });

  test('empty, odd, copied and uncopied sizes arrive whole and are counted with their headers', async () => {
    const ends = await pair();
    const [one, two] = ends;
    const sizes = [0, 1, 7, 4095, 4096, 4097, 65_536, 20 * MB];
    for (const [index, size] of sizes.entries()) {
      const payload = new Uint8Array(size).map((_, i) => i % 251);
      one.send(label('size', index), payload.subarray(0, size >> 1), payload.subarray(size >> 1));
      const received = await two.receive(label('size', index));
      expect(Buffer.compare(received, payload)).toBe(0);
    }
    const total = sizes.reduce((sum, size) => sum + HEADER_BYTES + size, 0);
    expect(one.traffic).toEqual({ sent: total, received: 0 });
    expect(two.traffic).toEqual({ sent: 0, received: total });
    await closeBoth(ends);
    expect([one.traffic.sent, two.traffic.received]).toEqual([total, total]); // goodbyes are not counted
  });

  test('bytes count when they are handed over', async () => {
    const ends = await pair();
    ends[0].send(label('a'), bytes(1, 2, 3));
    expect(ends[0].traffic.sent).toBe(HEADER_BYTES + 3);
    await closeBoth(ends);
  });

  test('a received payload can be viewed as 64-bit lanes and changed without harm', async () => {
    const ends = await pair();
    const [one, two] = ends;
    const lanes = BigUint64Array.from([1n, 2n ** 63n]);
    one.send(label('x'), bytes(1));
    one.send(label('lanes'), new Uint8Array(lanes.buffer));
    const received = await two.receive(label('lanes'));
    const view = new BigUint64Array(received.buffer, received.byteOffset, 2);
    view[0]! += 1n;
    expect([view[0], view[1], lanes[0]]).toEqual([2n, 2n ** 63n, 1n]);
    await closeBoth(ends);
  });

  test.each([
    ['too short', 'short'],
    ['too long', 'x'.repeat(13)],
    ['of wide characters', '→'.repeat(12)],
    ['reserved', '\xff'.repeat(12)],
  ])('a label that is %s is refused', async (_what, wrong) => {
    const ends = await pair();
    expect(() => ends[0].send(wrong)).toThrow(/^internal: .* is not a label$/);
    expect(() => ends[0].receive(wrong)).toThrow(/^internal: .* is not a label$/);
    await closeBoth(ends);
  });
});

test('memory: the payload is copied when it is sent, and arrives in a later turn', async () => {
  const [one, two] = memoryPair('party 1', 'party 2');
  const payload = bytes(1);
  one.send(label('a'), payload);
  payload[0] = 9;
  expect(two.traffic.received).toBe(0);
  expect(await two.receive(label('a'))).toEqual(bytes(1));
});

test('memory: the tap sees what each end receives, and nothing of the goodbyes', async () => {
  const seen: Tapped[] = [];
  const [one, two] = memoryPair('party 1', 'client', { tap: (message) => seen.push(message) });
  one.send(label('a'), bytes(1));
  (await two.receive(label('a')))[0] = 9;
  two.send(label('b'), bytes(2));
  await one.receive(label('b'));
  await closeBoth([one, two]);
  expect(seen).toEqual([
    { from: 'party 1', to: 'client', label: label('a'), payload: bytes(1) },
    { from: 'client', to: 'party 1', label: label('b'), payload: bytes(2) },
  ]);
});
