import { expect, test } from 'vitest';
import type { Measured } from '../../src/plaintext/margins.ts';
import { mergeMeasured, RangeNews } from '../../src/plaintext/range-records.ts';

const at = (site: string, most: number, least?: number): Measured => ({
  site,
  range: least === undefined ? { most } : { least, most },
});

test('only what is wider than all before is told', () => {
  const news = new RangeNews([at('a', 4)]);
  expect(news.since([at('a', 3), at('b', 2, 0.5)])).toEqual([at('b', 2, 0.5)]);
  expect(news.since([at('a', 5), at('b', 2, 0.5)])).toEqual([at('a', 5)]);
  expect(news.since([at('a', 5), at('b', 1, 0.25)])).toEqual([at('b', 2, 0.25)]);
  expect(news.since([at('b', Number.POSITIVE_INFINITY, 1)])).toEqual([at('b', Number.MAX_VALUE, 0.25)]);
  expect(news.since([at('b', Number.POSITIVE_INFINITY, 1)])).toEqual([]);
});

test('merged, in any order: what covers all', () => {
  const lists = [[at('b', 2, 0.5), at('a', 4)], [at('a', 5)], [at('b', 1, 0.25)]];
  const all = [at('a', 5), at('b', 2, 0.25)];
  expect([mergeMeasured(lists), mergeMeasured(lists.toReversed()), mergeMeasured([])]).toEqual([all, all, []]);
});
