import fc from 'fast-check';
import { expect, test } from 'vitest';
import { measured, middle } from '../../src/bench/measure.ts';

test.each([
  [[3], { median: 3, min: 3, max: 3 }],
  [[5, 1, 3], { median: 3, min: 1, max: 5 }],
  [[4, 1, 3, 2], { median: 2, min: 1, max: 4 }],
])('%j: %j', (values, all) => {
  expect(measured(values)).toEqual(all);
});

test('as many runs are faster than the median as are slower, or one fewer', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.double({ noNaN: true }), { minLength: 1, comparator: (a, b) => a === b }),
      (values) => {
        const median = values[middle(values)]!;
        const below = values.filter((value) => value < median).length;
        expect(below).toBe((values.length - 1) >> 1);
      },
    ),
  );
});
