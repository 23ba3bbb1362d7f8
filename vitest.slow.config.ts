import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

/** Files that try a sample of their cases in `npm test`: all of their cases are tried here. */
const sampled = readdirSync('test', { recursive: true, encoding: 'utf8' })
  .map((name) => join('test', name))
  .filter((path) => path.endsWith('.test.ts') && /from '\.\.?\/cases\.ts'/.test(readFileSync(path, 'utf8')));

export default defineConfig({
  test: {
    include: ['test/slow/**/*.test.ts', 'test/browser/**/*.test.ts', ...sampled],
    setupFiles: ['test/equal.ts'],
    env: { PUMA_CASES: 'full' },
    testTimeout: 1_800_000,
    hookTimeout: 600_000,
    maxWorkers: 1,
  },
});
