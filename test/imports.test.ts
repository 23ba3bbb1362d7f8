import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';

const SRC = join(import.meta.dirname, '..', 'src');

/** What each folder may import, beside itself and src/errors.ts. Leaves first. */
const MAY: Record<string, readonly string[]> = {
  heads: [],
  kernels: [],
  report: ['heads', 'work'],
  rings: [],
  transport: [],
  work: [],
  loaders: ['heads', 'kernels', 'models', 'rings'],
  party: ['kernels', 'transport', 'work'],
  mpc: ['kernels', 'transport', 'party'],
  ops: ['kernels', 'party', 'mpc', 'rings', 'work'],
  models: ['heads', 'kernels', 'ops'],
  service: ['heads', 'kernels', 'loaders', 'transport', 'party', 'mpc', 'ops', 'models', 'rings', 'work'],
  library: ['heads', 'kernels', 'loaders', 'transport', 'models', 'service', 'rings'],
  bench: ['heads', 'kernels', 'loaders', 'transport', 'party', 'mpc', 'ops', 'models', 'service', 'rings', 'work'],
  commands: [
    'heads',
    'kernels',
    'loaders',
    'transport',
    'report',
    'models',
    'ops',
    'service',
    'library',
    'bench',
    'rings',
  ],
};

const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));

function importsOf(file: string): { from: string; typeOnly: boolean }[] {
  const text = readFileSync(join(SRC, file), 'utf8');
  const found = text.matchAll(/^(?:import|export)\s+(type\s)?[^;]*?from '(\.[^']+)'/gms);
  return [...found].map(([, type, path]) => ({
    from: relative(SRC, resolve(dirname(join(SRC, file)), path!)),
    typeOnly: type !== undefined,
  }));
}

const folderOf = (file: string): string => (file.includes('/') ? file.slice(0, file.indexOf('/')) : '');

describe('imports run one way', () => {
  test.each(Object.keys(MAY))('%s', (folder) => {
    const wrong = files
      .filter((file) => folderOf(file) === folder)
      .flatMap((file) => importsOf(file).map((used) => ({ file, ...used })))
      .filter(({ from }) => from !== 'errors.ts' && folderOf(from) !== folder && !MAY[folder]!.includes(folderOf(from)))
      .map(({ file, from }) => `${file} imports ${from}`);
    expect(wrong).toEqual([]);
  });

  test('every folder has its rule', () => {
    const folders = new Set(files.map(folderOf).filter((folder) => folder !== ''));
    expect([...folders].sort()).toEqual(Object.keys(MAY).sort());
  });

  test('loaders take only types from models', () => {
    const wrong = files
      .filter((file) => folderOf(file) === 'loaders')
      .flatMap((file) => importsOf(file).filter(({ from, typeOnly }) => folderOf(from) === 'models' && !typeOnly));
    expect(wrong).toEqual([]);
  });
});
