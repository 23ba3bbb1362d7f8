/** Before all tests: checkpoints and reference values are fetched. After them: what was measured is shown, and kept in results.json. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import type { TestProject } from 'vitest/node';
import { projectRoot } from '../../src/files/root.ts';
import { loadKernels } from '../../src/kernels/index.ts';
import { PLAIN, table } from '../../src/report/text.ts';
import { bytes, small } from '../../src/report/units.ts';
import type { Measured, Real } from './real.ts';

export default async function setup(project: TestProject): Promise<() => void> {
  const fetch = [join(projectRoot(), 'scripts/real/fetch.mjs')];
  const { stdout, failed } = await execa('node', fetch, { stderr: 'inherit', reject: false });
  if (failed) throw new Error('scripts/real/fetch.mjs failed, for the reason above');
  const real = { ...JSON.parse(stdout), log: '' } as Real;
  real.log = join(real.cache, 'results.jsonl');
  rmSync(real.log, { force: true });
  project.provide('real', real);
  return () => report(real);
}

/** JSON has no infinity and no NaN. */
type Kept = Omit<Measured, 'difference'> & { difference: number | null };

function report({ cache, log }: Real): void {
  if (!existsSync(log)) return;
  const rows: Kept[] = readFileSync(log, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  rmSync(log);
  const path = join(cache, 'results.json');
  const { engine, simd } = loadKernels();
  const head = { date: new Date().toISOString(), commit: commit(), cpu: cpus()[0]?.model, cores: cpus().length };
  writeFileSync(path, `${JSON.stringify({ ...head, engine, simd, rows }, null, 2)}\n`);
  console.log(`\n${shown(rows)}\n\n${path}`);
}

const right = (title: string) => ({ title, right: true });

function shown(rows: readonly Kept[]): string {
  return table(
    [
      ...[{ title: 'model' }, { title: 'what' }],
      ...['secure', 'in the clear', 'difference', 'limit', 'time', 'traffic'].map(right),
      { title: '' },
    ],
    rows.map((row) => [
      row.model,
      row.what,
      figure(row.secure),
      figure(row.clear),
      row.difference === null ? 'no number' : small(row.difference),
      small(row.limit),
      row.seconds === undefined ? '' : `${row.seconds.toFixed(1)} s`,
      row.bytes === undefined ? '' : bytes(row.bytes),
      row.ok ? '' : 'FAILED',
    ]),
    PLAIN,
  );
}

const figure = (value: number | string | undefined): string =>
  String(typeof value === 'number' ? Number(value.toPrecision(6)) : (value ?? ''));

/** Of the source that ran, marked when it was changed since. */
function commit(): string | null {
  try {
    const git = (...args: string[]) => execFileSync('git', args, { cwd: projectRoot(), encoding: 'utf8' }).trim();
    return git('rev-parse', 'HEAD') + (git('status', '--porcelain') === '' ? '' : ' and changes');
  } catch {
    return null;
  }
}
