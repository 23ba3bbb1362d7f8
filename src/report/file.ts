/** Files that reports go to. */
import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { access, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { PumaError } from '../errors.ts';
import { io } from '../files/io.ts';

/** Fails before the work rather than after it. Throws E_WRITE. */
export async function checkWritable(path: string): Promise<void> {
  await io('write', path, async () => {
    const found = await stat(path).catch(() => undefined);
    if (found?.isDirectory()) throw new PumaError('E_WRITE', `cannot write ${path}: it is a folder, not a file`);
    await access(found ? path : dirname(path), constants.W_OK);
  });
}

/** Writes a file, complete or not at all; or to a device or a pipe. */
export const writeResult = (path: string, text: string): Promise<void> =>
  io('write', path, async () => {
    const found = await stat(path).catch(() => undefined);
    await (found && !found.isFile() ? writeFile(path, text) : replace(path, text));
  });

/** The same for a file that is replaced as a whole: only a regular file ever is. */
export async function checkReplaceable(path: string, what: string): Promise<void> {
  const fail = (why: string): never => {
    throw new PumaError(
      'E_WRITE',
      `cannot write ${path || `${what} ""`}: it is ${why}`,
      `Give ${what} the name of a file.`,
    );
  };
  await io('write', path, async () => {
    const found = await stat(resolve(path)).catch((error) => {
      if (error.code !== 'ENOENT') throw error;
    });
    if (found?.isDirectory()) fail('a folder, not a file');
    if (found && !found.isFile()) fail('not a regular file');
    if (found) await access(resolve(path), constants.W_OK);
    await access(dirname(resolve(path)), constants.W_OK);
  });
}

/** Writes a file, complete or not at all; its owner alone may read it. */
export const replaceFile = (path: string, text: string): Promise<void> => io('write', path, () => replace(path, text));

async function replace(path: string, text: string): Promise<void> {
  const target = await realpath(path).catch(() => resolve(path)); // a link stays a link
  const partial = `${target}.partial-${randomBytes(6).toString('hex')}`;
  try {
    await writeFile(partial, text, { flag: 'wx', mode: 0o600, flush: true }); // a crash leaves the old file or the new one
    await rename(partial, target);
  } catch (error) {
    await rm(partial, { force: true }).catch(() => {});
    throw error;
  }
}
