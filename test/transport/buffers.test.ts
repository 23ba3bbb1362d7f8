import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Buffers } from '../../src/transport/buffers.ts';

const KiB = 2 ** 10;

describe('what is taken', () => {
  test.each([0, 1, 4095, 4096, 4097, 5000, 100_000, 2 ** 20, 2 ** 20 + 1])(
    '%i bytes: long enough, aligned',
    (bytes) => {
      const taken = new Buffers().take(bytes);
      expect([taken.length, taken.byteOffset, taken.constructor]).toEqual([bytes, 0, Uint8Array]);
      expect(taken.buffer.byteLength).toBeLessThanOrEqual(Math.max(bytes, bytes * 1.25));
    },
  );

  test('nobody else has, until it is given back', () => {
    fc.assert(
      fc.property(fc.array(fc.record({ bytes: fc.nat(40 * KiB), back: fc.boolean() }), { maxLength: 30 }), (steps) => {
        const [buffers, mine] = [new Buffers(), new Set<ArrayBufferLike>()];
        for (const { bytes, back } of steps) {
          const taken = buffers.take(bytes);
          expect(mine.has(taken.buffer)).toBe(false);
          mine.add(taken.buffer);
          if (!back) continue;
          mine.delete(taken.buffer);
          buffers.give(taken);
        }
      }),
    );
  });
});

describe('what is given back', () => {
  test('is taken again, for any size of its class', () => {
    const buffers = new Buffers();
    const { buffer } = buffers.take(9000);
    buffers.give({ buffer });
    expect(buffers.take(10_000).buffer).toBe(buffer);
    expect(buffers.take(9000).buffer).not.toBe(buffer);
  });

  test('counts once', () => {
    const buffers = new Buffers();
    const taken = buffers.take(5000);
    expect(buffers.has(taken)).toBe(true);
    buffers.give(taken);
    buffers.give(taken.subarray(7));
    expect(buffers.has(taken)).toBe(false);
    const [one, two] = [buffers.take(5000), buffers.take(5000)];
    expect(one.buffer).not.toBe(two.buffer);
  });

  test('is forgotten when it is short, strange, disowned or too much', () => {
    const buffers = new Buffers(4096, 10 * KiB);
    const short = buffers.take(100);
    const strange = new Uint8Array(5120);
    const [first, second, third] = [buffers.take(5120), buffers.take(5120), buffers.take(5120)];
    expect([buffers.disown(first), buffers.disown(first)]).toEqual([true, false]);
    for (const array of [short, strange, first, second]) buffers.give(array);
    expect(buffers.take(5120).buffer).toBe(second.buffer);
    buffers.give(second);
    buffers.give(third);
    const fourth = buffers.take(5120);
    buffers.give(fourth); // 10 KiB may lie idle: two of these
    expect(new Set([1, 2, 3].map(() => buffers.take(5120).buffer)).size).toBe(3);
  });
});
