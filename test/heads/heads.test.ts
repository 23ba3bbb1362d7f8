import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { HEADS, headOf, TASKS } from '../../src/heads/index.ts';

const SRC = join(import.meta.dirname, '..', '..', 'src');
const reading = { labels: ['bad', 'good'], decode: (ids: readonly number[]) => `<${ids.join()}>` };

describe.each(HEADS)('$name', (head) => {
  const { usual, compared, all, permitted } = head.reveals;

  test('is found by its name', () => expect(headOf(head.name)).toBe(head));
  test('reveals what may be asked for', () => expect(all).toEqual(expect.arrayContaining([usual, compared])));
  test('has permitted what it reveals', () => expect(all).toEqual(expect.arrayContaining([...permitted])));
  test('usually reveals what nobody must permit', () => expect(permitted).not.toContain(usual));
  test('has a word for its answers if it has answers', () => {
    expect(head.words.answer === null).toBe(head.answer([1, 2], reading).label === null);
  });
});

test('names differ', () => expect(new Set(TASKS).size).toBe(HEADS.length));

test.each([
  ['classify', [0, 0], { label: 'bad', scores: { bad: 0.5, good: 0.5 } }],
  ['classify', [1, 1 + Math.log(3)], { label: 'good', scores: { bad: 0.25, good: 0.75 } }],
  ['embed', [1, 2], { label: null, scores: null }],
  ['generate', [1, 5, 2], { label: '<1>', scores: null }],
] as const)('%s reads %j', (task, output, { label, scores }) => {
  const read = headOf(task).answer(output, reading);
  expect(read.label).toBe(label);
  expect(Object.keys(read.scores ?? {})).toEqual(Object.keys(scores ?? {}));
  for (const [name, score] of Object.entries(scores ?? {})) expect(read.scores![name]).toBeCloseTo(score, 12);
});

test.each([
  ['classify', ['a', 'b'], 'labels'],
  ['classify', ['a'], 'scores'],
  ['embed', [], 'vectors'],
  ['generate', [], 'tokens'],
] as const)('%s of the labels %j is scored by %s', (task, labels, scoring) => {
  expect(headOf(task).scoring(labels)).toBe(scoring);
});

test('callers ask the head, and compare no names', () => {
  const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
  const compares = (file: string) => /\b(task|head\.name) [!=]==/.test(readFileSync(join(SRC, file), 'utf8'));
  expect(files.filter(compares)).toEqual([]);
});
