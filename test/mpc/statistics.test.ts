import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { bitTest, byteTest, chiSquareTail, fairTest, normalTail, wordTest, xorRuns } from './statistics.ts';

const uniform = (runs: number, bytes: number) => Array.from({ length: runs }, () => new Uint8Array(randomBytes(bytes)));
/** One bit in eight is set a little too often. */
const tilted = (runs: number, bytes: number) =>
  uniform(runs, bytes).map((run) => run.map((byte) => (byte % 4 === 0 ? byte | 16 : byte)));

test('tails', () => {
  for (const [z, p] of [
    [0, 0.5],
    [1.96, 0.0249979],
    [-1.96, 0.9750021],
    [4.753, 1.002e-6],
    [6, 9.866e-10],
  ] as const) {
    expect(Math.abs(normalTail(z) / p - 1)).toBeLessThan(1e-3);
  }
  expect(chiSquareTail(293.25, 255)).toBeCloseTo(0.05, 3);
  expect(chiSquareTail(10, 0)).toBe(1);
});

describe.each([
  ['bytes', byteTest],
  ['bits', bitTest],
  ['words', wordTest],
] as const)('%s', (_, twoSample) => {
  test('two piles from one source pass', () => {
    expect(twoSample(uniform(50, 400), uniform(50, 400))).toBeGreaterThan(1e-9);
    expect(twoSample(uniform(40, 8), uniform(40, 8))).toBeGreaterThan(1e-9);
  });

  test('a constant pile is told from a uniform one', () => {
    expect(
      twoSample(
        uniform(50, 400),
        uniform(50, 400).map((run) => run.fill(0)),
      ),
    ).toBeLessThan(1e-12);
  });
});

test('a slight tilt is found by its bytes and bits', () => {
  expect(byteTest(uniform(50, 400), tilted(50, 400))).toBeLessThan(1e-12);
  expect(bitTest(uniform(400, 40), tilted(400, 40))).toBeLessThan(1e-12);
  expect(fairTest(tilted(50, 400))).toBeLessThan(1e-12);
  expect(fairTest(uniform(50, 400))).toBeGreaterThan(1e-9);
});

test('xor by runs', () => {
  const [a, b] = [[Uint8Array.of(1, 2)], [Uint8Array.of(3, 255)]];
  expect(xorRuns(a, b)).toEqual([Uint8Array.of(2, 253)]);
});
