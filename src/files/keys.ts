import { createHash, randomBytes } from 'node:crypto';
import { open } from 'node:fs/promises';
import { basename } from 'node:path';
import { PumaError } from '../errors.ts';
import { io, openFile, readFull } from './io.ts';

/** A mask key: 16 random bytes, AES-128. It is never written anywhere but to its file, never logged, never sent. */
export type Key = Uint8Array;

export const KEY_BYTES = 16;

export function makeKey(): Key {
  return new Uint8Array(randomBytes(KEY_BYTES));
}

/** Tells a key from another one without telling anything of it: the key has 128 random bits, so its hash hides it. */
export function checkValue(key: Key): string {
  return createHash('sha256').update('puma key check').update(key).digest('hex');
}

/** Writes a key to a new file that only its owner may read. */
export async function writeKey(path: string, key: Key): Promise<void> {
  await io('write', path, async () => {
    const file = await open(path, 'wx', 0o600);
    try {
      await file.writeFile(key);
    } finally {
      await file.close();
    }
  });
}

/** Reads a key that must have the check value of the manifest. Refuses a file that others may read. */
export async function readKey(path: string, check: string): Promise<Key> {
  const file = await openFile(path);
  try {
    const { size, mode } = await io('read', path, () => file.stat());
    if ((mode & 0o077) !== 0 && process.platform !== 'win32') {
      const shown = (mode & 0o777).toString(8).padStart(4, '0');
      throw new PumaError('E_KEY', `${path} can be used by other users (mode ${shown})`, `Run: chmod 600 ${path}`);
    }
    if (size !== KEY_BYTES) {
      throw new PumaError('E_KEY', `${path} has ${size} bytes; a key has ${KEY_BYTES}`, 'Share the weights again.');
    }
    const key = new Uint8Array(KEY_BYTES);
    const complete = await io('read', path, () => readFull(file, key, 0));
    if (complete && checkValue(key) === check) return key;
    const message = `${path}: ${basename(path)} does not belong to these shares (stale or swapped)`;
    throw new PumaError('E_KEY', message, 'Copy all files of the party from one run of share-weights.');
  } finally {
    await file.close();
  }
}
