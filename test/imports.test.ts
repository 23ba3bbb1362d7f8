import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '..');
const SRC = join(ROOT, 'src');

/** The rooms of docs/architecture.md, and what each may import. */
const rooms = new Map(
  [...readFileSync(join(ROOT, 'docs', 'architecture.md'), 'utf8').matchAll(/^\| `(\w+)` \|[^|]*\|([^|]*)\|$/gm)].map(
    ([, room, list]): [string, string[]] => [room!, list!.split(',').flatMap((name) => name.trim() || [])],
  ),
);

const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));

function importsOf(file: string): string[] {
  const text = readFileSync(join(SRC, file), 'utf8');
  const found = text.matchAll(/^(?:import|export)\s[^;]*?from '(\.[^']+)'|\bimport\('(\.[^']+)'\)/gms);
  return [...found].map(([, path, later]) => relative(SRC, resolve(dirname(join(SRC, file)), (path ?? later)!)));
}

const roomOf = (file: string): string => (file.includes('/') ? file.slice(0, file.indexOf('/')) : '');

describe('imports run one way', () => {
  test.each([...rooms])('%s', (room, allowed) => {
    const wrong = files
      .filter((file) => roomOf(file) === room)
      .flatMap((file) => importsOf(file).map((from) => ({ file, from })))
      .filter(({ from }) => from !== 'errors.ts' && roomOf(from) !== room && !allowed.includes(roomOf(from)))
      .map(({ file, from }) => `${file} imports ${from}`);
    expect(wrong).toEqual([]);
  });

  test('every room is in the table, below those that it imports', () => {
    const found = new Set(files.map(roomOf).filter((room) => room !== ''));
    expect([...rooms.keys()].sort()).toEqual([...found].sort());
    const order = [...rooms.keys()];
    for (const [room, allowed] of rooms) {
      for (const other of allowed) expect(order.slice(0, order.indexOf(room)), `${room} imports`).toContain(other);
    }
  });

  test('no files import each other in a circle', () => {
    const state = new Map<string, 'open' | 'done'>();
    const circles: string[][] = [];
    const visit = (file: string, path: readonly string[]): void => {
      if (state.get(file) === 'open') circles.push([...path.slice(path.indexOf(file)), file]);
      if (state.has(file)) return;
      state.set(file, 'open');
      for (const from of importsOf(file)) visit(from, [...path, file]);
      state.set(file, 'done');
    };
    for (const file of files) visit(file, []);
    expect(circles).toEqual([]);
  });

  test('flags are named where the command line is, and where it is started', () => {
    const named = ['commands', 'terminal', 'report', ''];
    const starts = ['runtime/processes.ts', 'runtime/launch.ts', 'runtime/child.ts'];
    const wrong = files
      .filter((file) => !named.includes(roomOf(file)) && !starts.includes(file))
      .flatMap((file) => readFileSync(join(SRC, file), 'utf8').split('\n'))
      .filter((line) => !/^\s*(\*|\/\/|\/\*)/.test(line) && /['`"][^'`"]*--[a-z]/.test(line));
    expect(wrong).toEqual([]);
  });

  test('a room has 20 files at most, and a file 250 lines', () => {
    const perFolder = new Map<string, number>();
    for (const file of files) perFolder.set(dirname(file), (perFolder.get(dirname(file)) ?? 0) + 1);
    expect([...perFolder].filter(([, n]) => n > 20)).toEqual([]);
    const lines = (file: string) => readFileSync(join(SRC, file), 'utf8').split('\n').length - 1;
    expect(files.filter((file) => lines(file) > 250)).toEqual([]);
  });
});
