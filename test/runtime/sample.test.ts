import { describe, expect, test } from 'vitest';
import { pick, type Sampling, uniformFrom } from '../../src/runtime/sample.ts';

const LOGITS = Float64Array.of(1, 3, 2, -1);
const at = (u: number) => () => u;

describe('which token is picked', () => {
  // By id, e^1, e^3, e^2, e^-1 of their sum end at 0.089, 0.745, 0.986, 1
  const cases: [what: string, how: Sampling, uniform: number, id: number][] = [
    ['the likeliest', {}, 0.999, 1],
    ['at temperature 0, the likeliest', { temperature: 0 }, 0.999, 1],
    ['the first id', { temperature: 1 }, 0.08, 0],
    ['behind it', { temperature: 1 }, 0.1, 1],
    ['within its share', { temperature: 1 }, 0.74, 1],
    ['the next', { temperature: 1 }, 0.75, 2],
    ['at the upper end, the last', { temperature: 1 }, 1 - 2 ** -53, 3],
    ['of two', { temperature: 1, topK: 2 }, 0.999, 2],
    ['of two, the other', { temperature: 1, topK: 2 }, 0.1, 1],
    ['of one', { temperature: 1, topK: 1 }, 0.999, 1],
    ['of those that make up 0.6', { temperature: 1, topP: 0.6 }, 0.999, 1],
    ['of those that make up 0.7', { temperature: 1, topP: 0.7 }, 0.999, 2],
    ['of more than there are', { temperature: 1, topK: 9 }, 0.999, 3],
    ['hot: nearly alike', { temperature: 100 }, 0.76, 3],
    ['cold: nearly certain', { temperature: 0.05 }, 0.999, 1],
  ];
  test.each(cases)('%s', (_, how, uniform, id) => {
    expect(pick(LOGITS, how, at(uniform))).toBe(id);
  });

  test('logits beyond what exp can take', () => {
    expect(pick(Float64Array.of(1e4, -1e4), { temperature: 0.01 }, at(0.5))).toBe(0);
  });
});

describe('uniform numbers', () => {
  const draw = (seed?: number) => {
    const next = uniformFrom(seed);
    return Array.from({ length: 2000 }, next);
  };

  test('a seed repeats them; another seed, or none, does not', () => {
    expect(draw(1)).toEqual(draw(1));
    expect(draw(1)).not.toEqual(draw(2));
    expect(draw()).not.toEqual(draw());
  });

  test('fill [0, 1) evenly', () => {
    const numbers = draw(3);
    expect(numbers.every((u) => u >= 0 && u < 1)).toBe(true);
    for (let tenth = 0; tenth < 10; tenth++) {
      const count = numbers.filter((u) => Math.floor(u * 10) === tenth).length;
      expect(Math.abs(count - 200)).toBeLessThan(70); // 5 standard deviations
    }
  });
});
