import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { engines, expectLanes, lanes, SIZES } from './engines.ts';

const fixed = (x: number, frac: number): bigint => {
  const v = x * 2 ** frac;
  return BigInt(Math.sign(v) * Math.floor(Math.abs(v) + 0.5));
};
const patterns = Uint16Array.from({ length: 1 << 16 }, (_, i) => i);

describe.each(engines)('convert, %s', (_, k) => {
  test('toFixed: ties go away from zero', () => {
    const x = Float64Array.of(0, -0, 0.5, -0.5, 1.5, -1.5, 2.5, -2.5, 0.49999999999999994, -0.4, 0.6, 1e-300, -1e-300);
    const out = new BigUint64Array(x.length);
    expect(k.toFixed(out, x, 0, 64)).toBe(-1);
    expectLanes(out, [0n, 0n, 1n, -1n, 2n, -2n, 3n, -3n, 1n, 0n, 1n, 0n, 0n]);
  });

  test('toFixed: every size, floats and doubles', () => {
    for (const n of [...SIZES, 5000])
      for (const Kind of [Float32Array, Float64Array]) {
        const x = new Kind(Array.from(lanes(n, 'x'), (v) => Number(BigInt.asIntN(50, v)) * 2 ** -43));
        const out = new BigUint64Array(n);
        expect(k.toFixed(out, x, 18, 64)).toBe(-1);
        expectLanes(
          out,
          Array.from(x, (v) => fixed(v, 18)),
        );
      }
  });

  test('toFixed: random doubles', () => {
    const x = fc.double({ min: -(2 ** 43), max: 2 ** 43, noNaN: true });
    fc.assert(
      fc.property(fc.array(x, { maxLength: 40 }), (xs) => {
        const out = new BigUint64Array(xs.length);
        expect(k.toFixed(out, Float64Array.from(xs), 18, 64)).toBe(-1);
        expectLanes(
          out,
          xs.map((v) => fixed(v, 18)),
        );
      }),
      { numRuns: 50 },
    );
  });

  test('toFixed: names the first element that does not fit', () => {
    const out = new BigUint64Array(5000);
    for (const bad of [2 ** 20, -(2 ** 20), 2 ** 20 - 2 ** -20, Number.NaN, Infinity, -Infinity])
      for (const at of [0, 1, 17, 2048, 4999]) {
        const x = new Float64Array(5000).fill(-(2 ** 20) + 2 ** -18);
        expect(k.toFixed(out, x, 18, 40), `${bad}`).toBe(-1);
        x[at] = bad;
        x[4999] = bad;
        expect(k.toFixed(out, x, 18, 40), `${bad} at ${at}`).toBe(at);
      }
    expect(k.toFixed(out.subarray(0, 1), Float64Array.of(2 ** 62), 0, 64)).toBe(0);
    expect(k.toFixed(out.subarray(0, 1), Float64Array.of(2 ** 62 - 2 ** 10), 0, 64)).toBe(-1);
  });

  test('toFloat', () => {
    for (const n of SIZES)
      for (const bits of [1, 2, 20, 53, 54, 63, 64]) {
        const a = lanes(n, 'a');
        const out = new Float64Array(n);
        k.toFloat(out, a, bits, 18);
        expect(Array.from(out)).toEqual(Array.from(a, (x) => Number(BigInt.asIntN(bits, x)) / 2 ** 18));
      }
  });

  test('halfToFloat: all 65536 values', () => {
    const out = new Float32Array(1 << 16);
    k.halfToFloat(out, patterns);
    const got = new Uint32Array(out.buffer);
    const scratch = new DataView(new ArrayBuffer(4));
    for (let h = 0; h < 1 << 16; h++) {
      const [sign, exponent, mantissa] = [h >>> 15, (h >> 10) & 31, h & 1023];
      const size = exponent === 0 ? mantissa * 2 ** -24 : (1 + mantissa / 1024) * 2 ** (exponent - 15);
      scratch.setFloat32(0, sign ? -size : size);
      const special = ((sign << 31) | 0x7f800000 | (mantissa << 13)) >>> 0; // infinity, or a NaN with its payload
      const want = exponent === 31 ? special : scratch.getUint32(0);
      if (got[h] !== want) expect.fail(`${h.toString(16)}: ${got[h]!.toString(16)}, expected ${want.toString(16)}`);
    }
  });

  test('bfloatToFloat: all 65536 values', () => {
    const out = new Float32Array(1 << 16);
    k.bfloatToFloat(out, patterns);
    expect(new Uint32Array(out.buffer)).toEqual(Uint32Array.from(patterns, (b) => b * 65536));
  });
});
