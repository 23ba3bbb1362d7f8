import { expect, test } from 'vitest';
import type { PlannedTensor } from '../../src/models/model.ts';
import { plannedWeights } from '../../src/models/weights.ts';

const plan: PlannedTensor[] = [
  { name: 'a', kind: 'vector', shape: [2], build: async (read) => (await read('file.a', [2])).data.map((x) => 2 * x) },
];

test.each([
  [undefined, 1],
  [8, 1],
  [7, 2],
  [0, 2],
])('tensors are built when asked for; kept up to %s bytes', async (keep, times) => {
  const asked: string[] = [];
  const read = async (name: string, shape: readonly number[]) => {
    asked.push(name);
    return { shape, data: Float32Array.of(1, 2) };
  };
  const weights = plannedWeights(plan, read, keep);
  expect(asked).toEqual([]);
  expect(weights.has('a')).toBe(true);
  expect(weights.has('b')).toBe(false);
  for (let i = 0; i < 2; i++) expect(await weights.get('a')).toEqual({ shape: [2], data: Float32Array.of(2, 4) });
  expect(asked).toEqual(Array(times).fill('file.a'));
  await expect(weights.get('b')).rejects.toThrow('internal: no tensor b in the plan');
});
