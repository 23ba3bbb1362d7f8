import { readFile, writeFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import type { BatchRecord } from '../../src/evaluate/record.ts';
import { openState, type Pins } from '../../src/evaluate/resume.ts';
import { refusal, scratch } from '../shares/helpers.ts';

const path = scratch();

const RUN: Pins = { model: 'tiny', limit: 3 };
const ROWS = new Set([0, 2, 5]);

const batch = (...rows: number[]): BatchRecord => ({
  rows: rows.map((row) => ({
    ...{ row, right: 1, plain: 1, secure: 0, labels: 1, same: 0, gaps: [0.2] },
    output: { plain: [0.1, 0.2 + row], secure: [1 / 3, 2e-7] },
  })),
  opened: false,
  seconds: { plaintext: 0.1, secure: 1.25 },
  rounds: 40,
  bytes: {
    ...{ dealer: 3, online: 2, client: 1, total: 6 },
    perParty: [0, 1, 2].map((party) => ({ party, sent: 2, received: 2 })),
  },
  ranges: [{ site: 'head shown', range: { most: 1 / 3 } }],
});

const HEADER = '{"format":"puma-evaluation/2","run":{"model":"tiny","limit":3}}\n';
const line = (...rows: number[]): string => `${JSON.stringify(batch(...rows))}\n`;

async function fileWith(text: string): Promise<string> {
  const name = path('state.jsonl');
  await writeFile(name, text);
  return name;
}

test('what is appended is there the next time, number by number', async () => {
  const name = path('new.jsonl');
  const state = await openState(name, RUN, ROWS);
  await state.append(batch(5));
  await state.append(batch(0));
  await state.close();
  expect(await readFile(name, 'utf8')).toBe(HEADER + line(5) + line(0));
  const again = await openState(name, { limit: 3, model: 'tiny' }, ROWS);
  await again.append(batch(2));
  await again.close();
  expect(again.batches).toEqual([batch(5), batch(0), batch(2)]);
  expect(await readFile(name, 'utf8')).toBe(HEADER + line(5) + line(0) + line(2));
});

describe('a file that was cut short', () => {
  const whole = HEADER + line(0) + line(2, 5);
  const ends = [0, 1, 30, HEADER.length - 1, HEADER.length, HEADER.length + 1, whole.length - 1, whole.length];
  test.each(ends)('after %d bytes: what is whole counts, the rest is dropped', async (end) => {
    const name = await fileWith(whole.slice(0, end));
    const state = await openState(name, RUN, ROWS);
    await state.close();
    const kept = [HEADER, line(0), line(2, 5)].filter((_, i, all) => all.slice(0, i + 1).join('').length <= end);
    expect(state.batches).toHaveLength(Math.max(0, kept.length - 1));
    expect(await readFile(name, 'utf8')).toBe(kept.length === 0 ? HEADER : kept.join(''));
  });
});

describe('refused, and left as it is', () => {
  const state = 'E_RESUME FILE is the state of another run:';
  const rows: [what: string, text: string, message: string][] = [
    ['another limit', HEADER.replace('3', '4'), `${state} limit was 4, now it is 3`],
    ['another model', HEADER.replace('tiny', 'large'), `${state} model was "large", now it is "tiny"`],
    ['a seed', HEADER.replace('3}', '3,"seed":7}'), `${state} seed was 7, now it is not given`],
    ['no limit', HEADER.replace(',"limit":3', ''), `${state} limit was not given, now it is 3`],
    ['another version', HEADER.replace('/2', '/1'), 'E_RESUME FILE is no state of an evaluation'],
    ['another file', 'sentence\tlabel\na\t1\n', 'E_RESUME FILE is no state of an evaluation'],
    ['another file of one line', 'sentence', 'E_RESUME FILE is no state of an evaluation'],
    [
      'a damaged line',
      `${HEADER}{"rows":\n${line(0)}`,
      'E_RESUME line 2 of FILE is damaged: Invalid input: expected object, received undefined',
    ],
    [
      'a line of something else',
      `${HEADER}${line(0)}{"rows":[]}\n`,
      'E_RESUME line 3 of FILE is damaged: rows: Too small: expected array to have >=1 items',
    ],
    ['a row twice', HEADER + line(0) + line(5, 0), 'E_RESUME FILE holds row 0 twice'],
    ['a row of another choice', HEADER + line(0) + line(1), 'E_RESUME FILE holds row 1, which is none of this run'],
  ];
  test.each(rows)('%s', async (_, text, message) => {
    const name = await fileWith(text);
    expect((await refusal(openState(name, RUN, ROWS))).replace(name, 'FILE')).toBe(message);
    expect(await readFile(name, 'utf8')).toBe(text);
  });

  test('a folder', async () => {
    expect(await refusal(openState(path('.'), RUN, ROWS))).toBe(
      `E_WRITE cannot write ${path('.')}: it is a folder, not a file`,
    );
  });
});
