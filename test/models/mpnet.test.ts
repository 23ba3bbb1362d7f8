import { expect, test } from 'vitest';
import { bucket } from '../../src/models/encoders/mpnet.ts';

/** MPNetEncoder.relative_position_bucket() of transformers. */
test.each([
  [0, 0],
  [-7, 7],
  [-8, 8],
  [-11, 8],
  [-12, 9],
  [-16, 10],
  [-23, 11],
  [-64, 14],
  [-90, 14],
  [-91, 15],
  [-500, 15],
  [1, 17],
  [8, 24],
  [500, 31],
])('a key %i tokens on is in row %i', (distance, row) => {
  expect(bucket(distance)).toBe(row);
});
