import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PumaError } from '../errors.ts';

/** What a name of ours in the folder for temporary files begins with. */
export const TEMP_PREFIX = 'puma-';

/** Runs a step with a private folder that is gone afterwards, whatever happens. */
export async function withTempFolder<T>(step: (folder: string) => Promise<T>): Promise<T> {
  const folder = await makeTempFolder();
  try {
    return await step(folder);
  } finally {
    await removeTempFolder(folder);
  }
}

export const removeTempFolder = (folder: string): Promise<void> =>
  rm(folder, { recursive: true, force: true, maxRetries: 3 });

/** For whoever cannot wait in one place: the folder is theirs to remove. Throws E_TEMP, E_DISK. */
export async function makeTempFolder(): Promise<string> {
  const parent = tmpdir();
  try {
    return await mkdtemp(join(parent, TEMP_PREFIX));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const full = code === 'ENOSPC' || code === 'EDQUOT';
    const why = WHY[code ?? ''] ?? message;
    const hint = full ? 'Free some space, or set TMPDIR to a folder on another disk.' : 'Set TMPDIR to such a folder.';
    const what = full ? `${parent}: the disk is full` : `${parent} is no folder for temporary files: ${why}`;
    throw new PumaError(full ? 'E_DISK' : 'E_TEMP', what, hint, full ? 1 : 2);
  }
}

const WHY: Record<string, string> = {
  ENOENT: 'it does not exist',
  ENOTDIR: 'it is a file',
  EACCES: 'it cannot be written',
  EPERM: 'it cannot be written',
  EROFS: 'it is read-only',
};
