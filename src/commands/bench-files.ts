/** Files that `puma bench` reads and writes. */
import { constants } from 'node:fs';
import { access, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { PumaError } from '../errors.ts';
import { io } from '../files/io.ts';
import { firstIssue, readJson } from '../files/json.ts';
import { BenchReport } from '../report/bench.ts';

/** Results that were saved. Throws E_BENCH for any other file. */
export async function readSaved(path: string): Promise<BenchReport> {
  const hint = 'Give a file that puma bench --save has written.';
  const parsed = BenchReport.safeParse(await readJson(path, 'E_BENCH', hint));
  if (parsed.success) return parsed.data;
  throw new PumaError('E_BENCH', `${path} holds no results of puma bench: ${firstIssue(parsed.error)}`, hint);
}

/** Fails before the work rather than after it. */
export async function checkWritable(path: string): Promise<void> {
  await io('write', path, async () => {
    const found = await stat(path).catch(() => undefined);
    if (found?.isDirectory()) throw new PumaError('E_WRITE', `cannot write ${path}: it is a folder, not a file`);
    await access(found ? path : dirname(path), constants.W_OK);
  });
}

export const writeResult = (path: string, text: string): Promise<void> =>
  io('write', path, () => writeFile(path, text));
