import { expect, test } from 'vitest';
import { beside, Masked, sizeOf, sum } from '../../src/mpc/values.ts';

const [A, B] = [
  { rounds: 2, dealer: 10, online: 3 },
  { rounds: 5, dealer: 1, online: 4 },
];

test('prices in sequence and side by side', () => {
  expect(sum(A, B)).toEqual({ rounds: 7, dealer: 11, online: 7 });
  expect(beside(A, B)).toEqual({ rounds: 5, dealer: 11, online: 7 });
  expect(sum()).toEqual({ rounds: 0, dealer: 0, online: 0 });
  expect(beside()).toEqual({ rounds: 0, dealer: 0, online: 0 });
});

test('the size of a value is that of its shape', () => {
  expect([sizeOf([]), sizeOf([3]), sizeOf([2, 3, 4]), sizeOf([5, 0])]).toEqual([1, 3, 24, 0]);
  const lanes = new BigUint64Array(6);
  expect(new Masked([2, 3], 64, 0, lanes, lanes).size).toBe(6);
});
