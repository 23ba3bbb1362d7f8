import { createCipheriv } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { threadedEngines } from './engines.ts';

function stream(key: Uint8Array, iv: Uint8Array, bytes: number): Buffer {
  return createCipheriv('aes-128-ctr', key, iv).update(Buffer.alloc(bytes));
}

const key = Uint8Array.from({ length: 16 }, (_, i) => 7 * i + 1);
const IVS = {
  zero: new Uint8Array(16),
  'carries across 2^32': Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 255, 255, 255, 254),
  'carries across 2^64': Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 255, 255, 255, 255, 255, 255, 255, 255),
  'wraps around': new Uint8Array(16).fill(255),
};

describe.each(threadedEngines)('prg, %s', (_, k) => {
  test.each(Object.entries(IVS))('%s', (_, iv) => {
    for (const n of [0, 1, 2, 3, 63, 64, 65, 127, 1000, 4097, 8193]) {
      const out = new BigUint64Array(n + 2).fill(5n).subarray(1, n + 1);
      k.prg(out, key, iv);
      expect(Buffer.from(out.buffer, 8, 8 * n).equals(stream(key, iv, 8 * n)), `${n} lanes`).toBe(true);
      expect(new BigUint64Array(out.buffer)[n + 1]).toBe(5n);
    }
  });

  test('more than a task of a thread', () => {
    const iv = IVS['carries across 2^32'];
    const out = new BigUint64Array(300_001);
    k.prg(out, key, iv);
    expect(Buffer.from(out.buffer).equals(stream(key, iv, out.byteLength))).toBe(true);
  });

  test('keys and counters of 16 bytes only', () => {
    expect(() => k.prg(new BigUint64Array(1), new Uint8Array(15), new Uint8Array(16))).toThrow(
      'prg: key and iv must have 16 bytes',
    );
  });
});
