import { randomBytes } from 'node:crypto';
import { lstat, mkdir, rename, rm, rmdir, statfs } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { option, PumaError, words } from '../errors.ts';
import { io } from './io.ts';

export type NewFolder = {
  /** Replace a folder that is there, if `whyKeep` gives no reason against it. */
  force: boolean;
  whyKeep(path: string): Promise<string | undefined>;
};

/**
 * Makes a folder that is complete or not there at all: `fill` works in a sibling, which is renamed at the end and removed
 * on any failure. A folder that is replaced stays until the new one is complete.
 */
export async function newFolder<T>(out: string, rules: NewFolder, fill: (folder: string) => Promise<T>): Promise<T> {
  const path = resolve(out);
  await checkExisting(path, rules);
  const partial = `${path}.partial-${randomBytes(6).toString('hex')}`;
  const made: string[] = [];
  try {
    await makeParents(dirname(path), made);
    await io('write', partial, () => mkdir(partial, { mode: 0o700 }));
    const result = await fill(partial);
    await checkExisting(path, rules);
    await moveIntoPlace(partial, path);
    return result;
  } catch (error) {
    await rm(partial, { recursive: true, force: true }).catch(() => {});
    for (const folder of made.reverse()) await rmdir(folder).catch(() => {});
    throw renamed(error, partial, path);
  }
}

async function checkExisting(path: string, { force, whyKeep }: NewFolder): Promise<void> {
  if (!(await exists(path))) return;
  if (!force) {
    throw new PumaError(
      'E_EXISTS',
      `${path} exists already`,
      words`Choose another folder, or replace it with ${option('force')}.`,
    );
  }
  const reason = await whyKeep(path);
  if (reason === undefined) return;
  throw new PumaError(
    'E_EXISTS',
    `${path} is not replaced: ${reason}`,
    'Choose another folder, or remove it yourself.',
  );
}

async function exists(path: string): Promise<boolean> {
  return io('write', path, async () => {
    try {
      await lstat(path);
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
      throw error;
    }
  });
}

async function moveIntoPlace(partial: string, path: string): Promise<void> {
  if (!(await exists(path))) return io('write', path, () => rename(partial, path));
  const old = `${path}.old-${randomBytes(6).toString('hex')}`;
  await io('write', path, () => rename(path, old));
  try {
    await io('write', path, () => rename(partial, path));
  } catch (error) {
    await rename(old, path);
    throw error;
  }
  await io('write', old, () => rm(old, { recursive: true }));
}

/** Makes what is missing of a path, one folder at a time: node's recursive mkdir never returns in places like /proc. */
async function makeParents(folder: string, made: string[]): Promise<void> {
  if (await exists(folder)) return;
  await makeParents(dirname(folder), made);
  await io('write', folder, () => mkdir(folder));
  made.push(folder);
}

/** The error as the caller knows the path. */
function renamed(error: unknown, partial: string, path: string): unknown {
  if (!(error instanceof PumaError)) return error;
  return new PumaError(error.code, error.message.replaceAll(partial, path), error.hint, error.exitCode);
}

/** Bytes that can still be written to the disk of this folder. */
export type FreeBytes = (folder: string) => Promise<number>;

export async function freeBytes(folder: string): Promise<number> {
  const { bavail, bsize, blocks } = await statfs(folder);
  return blocks === 0 ? Number.POSITIVE_INFINITY : bavail * bsize; // some network disks do not say
}

/** Refuses to start what the disk cannot hold. */
export async function checkSpace(folder: string, needed: number, free: FreeBytes): Promise<void> {
  const bytes = await io('write', folder, () => free(folder));
  if (bytes >= needed) return;
  const message = `${folder}: needs ${megabytes(needed)}, but only ${megabytes(bytes)} are free on this disk`;
  throw new PumaError('E_DISK', message, 'Free some space or write to another disk.', 1);
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
