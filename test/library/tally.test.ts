import { describe, expect, test } from 'vitest';
import { Tally } from '../../src/library/run/tally.ts';

describe('time by layer', () => {
  test('from one to the next, over all inferences', () => {
    const tally = new Tally(['a', 'b']);
    for (const [begin, a, b, end] of [
      [0, 1000, 3000, 3500],
      [10_000, 10_100, 10_300, 10_300],
    ] as const) {
      tally.begin(begin);
      tally.reached('a', a);
      tally.reached('b', b);
      tally.end(end);
    }
    expect(tally.layerTimes.map(({ name, seconds }) => [name, Number(seconds.toFixed(9))])).toEqual([
      ['a', 1.1],
      ['b', 2.2],
      ['answer', 0.5],
    ]);
  });

  test('what comes after the answer does not count', () => {
    const tally = new Tally(['a', 'b']);
    tally.begin(0);
    tally.reached('a', 1000);
    tally.end(4000);
    tally.reached('b', 5000);
    expect(tally.layerTimes).toEqual([
      { name: 'a', seconds: 1 },
      { name: 'b', seconds: 0 },
      { name: 'answer', seconds: 3 },
    ]);
  });
});
