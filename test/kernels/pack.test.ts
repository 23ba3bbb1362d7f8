import { describe, expect, test } from 'vitest';
import { ALL_BITS, engines, expectLanes, lanes, SIZES, wrap } from './engines.ts';

/** The stream as one long integer. */
function packed(a: Iterable<bigint>, bits: number, length: number): Uint8Array {
  let digits = '';
  for (const x of a) digits = wrap(x, bits).toString(2).padStart(bits, '0') + digits;
  digits = digits.padStart(8 * length, '0');
  return Uint8Array.from({ length }, (_, i) =>
    Number.parseInt(digits.slice(digits.length - 8 * i - 8, digits.length - 8 * i), 2),
  );
}

describe.each(engines)('pack, %s', (_, k) => {
  test('all bits, every size, there and back', () => {
    for (const bits of ALL_BITS)
      for (const n of SIZES) {
        const [a, b] = [lanes(n, 'a'), lanes(n, 'b')];
        const length = Math.ceil((n * bits) / 8);
        const room = new Uint8Array(length + 3).fill(0xa5);
        const out = room.subarray(1, length + 1);
        const want = packed(a, bits, length);
        const what = `${n} x ${bits}`;

        k.pack(out, a, bits);
        expect(Buffer.from(out).equals(want), `pack ${what}`).toBe(true);
        expect([room[0], room[length + 1], room[length + 2]], what).toEqual([0xa5, 0xa5, 0xa5]);

        const back = lanes(n, 'back');
        k.unpack(back, out, bits);
        expectLanes(
          back,
          Array.from(a, (x) => wrap(x, bits)),
          `unpack ${what}`,
        );
        k.unpackAdd(back, out, b, bits);
        expectLanes(
          back,
          Array.from(a, (x, i) => wrap(x, bits) + b[i]!),
          `unpackAdd ${what}`,
        );
        back.set(b);
        k.unpackAdd(back, room.subarray(1), back, bits); // in place, and from more bytes than it needs
        expectLanes(
          back,
          Array.from(a, (x, i) => wrap(x, bits) + b[i]!),
          `unpackAdd ${what}, longer`,
        );
      }
  });

  test('packAdd, packSub', () => {
    for (const bits of ALL_BITS)
      for (const n of [0, 1, 65, 127]) {
        const [a, b] = [lanes(n, 'a'), lanes(n, 'b')];
        const out = new Uint8Array(Math.ceil((n * bits) / 8));
        k.packAdd(out, a, b, bits);
        expect(
          Buffer.from(out).equals(
            packed(
              Array.from(a, (x, i) => x + b[i]!),
              bits,
              out.length,
            ),
          ),
        ).toBe(true);
        k.packSub(out, a, b, bits);
        expect(
          Buffer.from(out).equals(
            packed(
              Array.from(a, (x, i) => x - b[i]!),
              bits,
              out.length,
            ),
          ),
        ).toBe(true);
      }
  });

  test('room is checked', () => {
    expect(() => k.pack(new Uint8Array(2), new BigUint64Array(3), 3)).not.toThrow();
    expect(() => k.pack(new Uint8Array(1), new BigUint64Array(3), 3)).toThrow(
      'pack: 3 lanes of 3 bits take 2 bytes, got 1',
    );
    expect(() => k.unpack(new BigUint64Array(3), new Uint8Array(1), 3)).toThrow(
      'unpack: 3 lanes of 3 bits take 2 bytes, got 1',
    );
  });
});
