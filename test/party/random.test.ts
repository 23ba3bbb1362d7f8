import { expect, test } from 'vitest';
import { counterBlock, lanes, Stream } from '../../src/party/random.ts';
import { kernels } from '../mpc/parties.ts';

const key = (byte: number) => new Uint8Array(16).fill(byte);
const label = (name: string) => name.padEnd(12, '.');

test('two parties with one seed draw alike, in the same portions', () => {
  const [a, b] = [new Stream(kernels, key(1), label('a')), new Stream(kernels, key(1), label('a'))];
  for (const n of [1, 0, 5, 64, 2, 1000]) expect(a.draw(n)).toEqual(b.draw(n));
});

test('no lane comes twice: not under another key, another label, or later in the stream', () => {
  const draws = [1, 2].flatMap((byte) =>
    ['a', 'b', 'aa'].flatMap((name) => {
      const stream = new Stream(kernels, key(byte), label(name));
      return [1, 3, 0, 2, 100].map((n) => stream.draw(n));
    }),
  );
  const all = draws.flatMap((draw) => [...draw]);
  expect(new Set(all).size).toBe(all.length);
});

test('a counter block is the label and the number of the block', () => {
  const block = counterBlock('\xff\x00abcdefgh\x01\x02', 0x01020304);
  expect([...block]).toEqual([255, 0, 97, 98, 99, 100, 101, 102, 103, 104, 1, 2, 1, 2, 3, 4]);
});

test('a stream is AES-128 in counter mode', async () => {
  const { createCipheriv } = await import('node:crypto');
  const stream = new Stream(kernels, key(7), label('x'));
  stream.draw(3); // two blocks
  const cipher = createCipheriv('aes-128-ctr', key(7), counterBlock(label('x'), 2));
  const want = cipher.update(Buffer.alloc(80));
  const drawn = stream.draw(10);
  expect(Buffer.from(drawn.buffer, drawn.byteOffset, drawn.byteLength)).toEqual(want);
});

test('lanes are aligned and of the length asked for', () => {
  for (const n of [0, 1, 1000]) expect(lanes(n)).toHaveLength(n);
});
