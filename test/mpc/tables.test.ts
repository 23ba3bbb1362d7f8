import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { cosineTable, powerTable, risingTable } from '../../src/mpc/tables.ts';

/** Evaluators on different machines must hold the same integers: pinned to the last bit. */
const digest = (table: Int32Array | BigUint64Array) =>
  createHash('sha256').update(new Uint8Array(table.buffer)).digest('hex').slice(0, 16);

const TABLES = [
  [
    'cos, 2^16 angles',
    cosineTable(16),
    (i: number) => Math.cos((2 * Math.PI * i) / 2 ** 16) * 2 ** 30,
    '34425fb8907d148e',
  ],
  [
    'cos, 2^18 angles',
    cosineTable(18),
    (i: number) => Math.cos((2 * Math.PI * i) / 2 ** 18) * 2 ** 30,
    'e4cd335e20eb65b1',
  ],
  ['2^-m', powerTable(14, 15), (i: number) => 2 ** (1 - i / 2 ** 14 + 15), 'b1d8b7dedb11adc2'],
  ['2^l', risingTable(14, 30), (i: number) => 2 ** (i / 2 ** 14 + 30), '98e4baa3c25cbdbf'],
] as const;

describe.each(TABLES)('%s', (_, table, exact, sum) => {
  test('is right to half a unit, and a little', () => {
    const off = Array.from(table as ArrayLike<number | bigint>, (v, i) => Math.abs(Number(v) - exact(i)));
    expect(off.reduce((a, b) => Math.max(a, b), 0)).toBeLessThan(0.51);
  });

  test('is the same on every machine', () => {
    expect(digest(table)).toBe(sum);
  });
});

test('a quarter turn is exact', () => {
  const table = cosineTable(16);
  expect([0, 1, 2, 3].map((q) => table[q * 2 ** 14])).toEqual([2 ** 30, 0, -(2 ** 30), 0]);
});
