import { type FileHandle, open, stat } from 'node:fs/promises';
import { PumaError } from '../errors.ts';

/** A failed system call as one line for people; any other error comes back as it is. */
export function ioError(error: unknown, verb: 'read' | 'write', path: string): unknown {
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  if (error instanceof PumaError || typeof code !== 'string') return error;
  const cause = CAUSES[code];
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new PumaError('E_DISK', `${path}: ${cause![0]}`, cause![1], 1);
  }
  if (verb === 'read' && code === 'ENOENT')
    return new PumaError('E_MISSING', `${path} does not exist`, 'Check the path.');
  const [what, hint] = cause ?? [(error as Error).message, undefined];
  return new PumaError(verb === 'read' ? 'E_READ' : 'E_WRITE', `cannot ${verb} ${path}: ${what}`, hint);
}

const CAUSES: Record<string, readonly [what: string, hint: string]> = {
  ENOSPC: ['the disk is full', 'Free some space or write to another disk.'],
  EDQUOT: ['the disk quota is used up', 'Free some space or write to another disk.'],
  EACCES: ['permission denied', "Check the folder's owner and permissions."],
  EPERM: ['not permitted', "Check the folder's owner and permissions."],
  EROFS: ['the file system is read-only', 'Choose a folder on a disk that can be written.'],
  ENOTDIR: ['a part of the path is a file, not a folder', 'Check the path.'],
  EISDIR: ['it is a folder, not a file', 'Check the path.'],
  ENOENT: ['a folder of the path does not exist', 'Create the folder first.'],
  EEXIST: ['it exists already', 'Remove it or choose another name.'],
  ENOTEMPTY: ['it exists already', 'Remove it or choose another name.'],
  ENAMETOOLONG: ['the name is too long', 'Choose a shorter path.'],
  ELOOP: ['too many symbolic links', 'Check the path.'],
  EMFILE: ['too many open files', 'Raise the limit (ulimit -n).'],
  EIO: ['the disk reports an error', 'Check the disk.'],
};

/** Runs a step that reads or writes `path`; its system errors come out as PumaErrors. */
export async function io<T>(verb: 'read' | 'write', path: string, step: () => Promise<T>): Promise<T> {
  try {
    return await step();
  } catch (error) {
    throw ioError(error, verb, path);
  }
}

/** Opens a regular file for reading; folders, pipes and devices are refused before they can block. */
export async function openFile(path: string): Promise<FileHandle> {
  return io('read', path, async () => {
    const found = await stat(path);
    if (!found.isFile()) {
      throw new PumaError('E_READ', `cannot read ${path}: it is not a regular file`, 'Check the path.');
    }
    return open(path, 'r');
  });
}

/** Reads a whole small file, refusing one longer than `limit` bytes before any of it is read. */
export async function readSmall(path: string, limit: number): Promise<Uint8Array> {
  const file = await openFile(path);
  try {
    const { size } = await io('read', path, () => file.stat());
    if (size > limit) {
      const message = `${path} has ${size} bytes; at most ${limit} are expected`;
      throw new PumaError('E_READ', message, 'Check that this is the right file.');
    }
    return await io('read', path, () => file.readFile());
  } finally {
    await file.close();
  }
}

/** Fills `into` from the file at `position`; false when the file ends before. */
export async function readFull(file: FileHandle, into: Uint8Array, position: number): Promise<boolean> {
  for (let done = 0; done < into.length; ) {
    const want = Math.min(into.length - done, READ_BYTES);
    const { bytesRead } = await file.read(into, done, want, position + done);
    if (bytesRead === 0) return false;
    done += bytesRead;
  }
  return true;
}

/** A read of the operating system takes less than 2 GB. */
const READ_BYTES = 1 << 28;

/** A name from a file, fit for one line of a message: quoted, escaped and cut. */
export function quote(name: string): string {
  return JSON.stringify(name.length > 120 ? `${name.slice(0, 117)}...` : name);
}

/** A shape as people write it: [768, 3072]. */
export function showShape(shape: readonly number[]): string {
  return `[${shape.slice(0, 8).join(', ')}${shape.length > 8 ? ', ...' : ''}]`;
}

/** Number of elements of a tensor of this shape. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, extent) => product * extent, 1);
}
