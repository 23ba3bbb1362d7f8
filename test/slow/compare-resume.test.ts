/** `puma compare-plaintext --data --resume`: a run that is broken off goes on. */
import { appendFile, readdir, readFile, writeFile } from 'node:fs/promises';
import { beforeAll, expect, test } from 'vitest';
import { until, world } from '../commands/world.ts';

const { at, call, start, parties } = world();

const ROWS = 10;

const compare = (model: string, data: string, ...args: string[]) => [
  ...['compare-plaintext', '--model', model, '--data', data],
  ...args,
];

beforeAll(async () => {
  const letters = Array.from({ length: ROWS }, (_, i) => `a b ${'c d e '.repeat(i % 3)}f,${i % 2}\n`);
  await writeFile(at('letters.csv'), `text,label\n${letters.join('')}`);
});

const args = (state: string, ...more: string[]) =>
  compare('model', 'letters.csv', '--layers-of', '3', '--resume', state, '--json', ...more);

const linesOf = async (state: string): Promise<string[]> =>
  (await readFile(at(state), 'utf8').catch(() => '')).split('\n').slice(0, -1);

const begun = (state: string, rows: number) => until(async () => (await linesOf(state)).length > rows, 20_000);

/** What a report says of the data. */
const table = (stdout: unknown) => {
  const { parties: _, simd: _1, seconds, ...report } = JSON.parse(String(stdout));
  return { ...report, seconds: { inference: seconds.inference, plaintext: seconds.plaintext } };
};

test('killed, its last line cut: rows that were done stay as they are, the others are done once', async () => {
  const child = start(args('killed.jsonl'));
  expect(await begun('killed.jsonl', 3), 'rows are recorded').toBe(true);
  child.kill('SIGKILL');
  await child;
  await until(async () => (await parties()).length === 0 && (await readdir(at('tmp'))).length === 0, 5000);
  const before = await linesOf('killed.jsonl');
  expect(before.length).toBeLessThan(ROWS + 1);
  await appendFile(at('killed.jsonl'), '{"rows":[{"row":7');

  const resumed = await call(...args('killed.jsonl', '--batch', '5'));
  expect({ ...resumed, stdout: '' }).toEqual({ stdout: '', stderr: '', exitCode: 0 });
  const after = await linesOf('killed.jsonl');
  expect(after.slice(0, before.length)).toEqual(before);
  const rows = after.slice(1).flatMap((line) => JSON.parse(line).rows.map(({ row }: { row: number }) => row));
  expect(rows).toEqual(Array.from({ length: ROWS }, (_, row) => row));

  // Nothing is left to do: the same figures again, from the records alone
  const again = await call(...args('killed.jsonl'));
  expect(table(again.stdout)).toEqual(table(resumed.stdout));
  expect(JSON.parse(again.stdout).parties).toEqual([]);

  // What does not depend on the parties' randomness is that of a run in one piece
  const plaintext = (stdout: string) => {
    const { metrics, results } = JSON.parse(stdout);
    const side = ({ plaintext }: { plaintext: unknown }) => plaintext;
    return [metrics.map(side), results.map(side)];
  };
  const unbroken = await call(
    ...compare('model', 'letters.csv', '--layers-of', '0', '--batch', `${ROWS + 1}`, '--json'),
  );
  expect(plaintext(resumed.stdout)).toEqual(plaintext(unbroken.stdout));
});

test('Ctrl-C leaves whole lines', async () => {
  const child = start(args('stopped.jsonl'), { detached: true });
  expect(await begun('stopped.jsonl', 4), 'rows are recorded').toBe(true);
  process.kill(-child.pid!, 'SIGINT');
  const { exitCode, stdout, stderr } = await child;
  expect({ exitCode, stdout, stderr }).toEqual({
    ...{ exitCode: 1, stdout: '' },
    stderr: 'puma: interrupted (E_INTERRUPTED)',
  });
  const text = await readFile(at('stopped.jsonl'), 'utf8');
  expect(text.endsWith('\n')).toBe(true);
  for (const line of text.trimEnd().split('\n')) expect(JSON.parse(line)).toBeTypeOf('object');
});
