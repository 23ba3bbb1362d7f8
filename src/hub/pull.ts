import { createHash, randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { access, mkdir, readFile, rename, rm, rmdir, stat, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';
import { downloadFile } from '@huggingface/hub';
import { PumaError } from '../errors.ts';
import { io, ioError } from '../files/io.ts';
import { checkSpace, freeBytes } from '../files/new-folder.ts';
import type { Hub, HubFile, HubModel } from './client.ts';

export type Download = {
  /** The snapshot: a checkpoint's folder. */
  folder: string;
  /** Of these files. */
  bytes: number;
  /** Of those that were not here before. */
  fetchedBytes: number;
};

/**
 * Fetches a model into Hugging Face's cache: blobs/HASH, snapshots/REVISION/NAME linked to them, and refs/main with the
 * revision, which is written last. Whatever goes wrong, files and folders that this call made are removed again.
 */
export async function pullModel(
  hub: Hub,
  model: HubModel,
  cache: string,
  onProgress: (bytes: number, total: number, file: string) => void = () => {},
): Promise<Download> {
  const repository = join(cache, `models--${model.id.replace('/', '--')}`);
  const folder = join(repository, 'snapshots', model.revision);
  const bytes = sum(model.files);
  const made: string[] = [];
  try {
    for (const part of [join(repository, 'blobs'), folder, join(repository, 'refs')]) await makeFolder(part, made);
    const missing: HubFile[] = [];
    for (const file of model.files)
      if (!(await isWhole(join(repository, 'blobs', file.hash), file))) missing.push(file);
    await checkSpace(repository, sum(missing), freeBytes);
    let before = bytes - sum(missing);
    for (const file of missing) {
      await fetchBlob(hub, model, file, join(repository, 'blobs'), made, (done) =>
        onProgress(before + done, bytes, file.name),
      );
      before += file.bytes;
    }
    for (const { name, hash } of model.files) await link(join(folder, name), join('..', '..', 'blobs', hash), made);
    await writeReference(join(repository, 'refs', 'main'), model.revision, made);
    return { folder, bytes, fetchedBytes: sum(missing) };
  } catch (error) {
    for (const path of made.reverse()) await rm(path).catch(() => rmdir(path).catch(() => {}));
    throw error;
  }
}

const sum = (files: readonly HubFile[]) => files.reduce((total, { bytes }) => total + bytes, 0);

/** Makes a folder and those above it, one at a time. */
async function makeFolder(path: string, made: string[]): Promise<void> {
  if (await isThere(path)) return;
  if (dirname(path) !== path) await makeFolder(dirname(path), made);
  await io('write', path, () => mkdir(path));
  made.push(path);
}

const isThere = (path: string) =>
  access(path).then(
    () => true,
    () => false,
  );

const isWhole = (path: string, { bytes }: HubFile) =>
  stat(path).then(
    (found) => found.isFile() && found.size === bytes,
    () => false,
  );

/** Downloads a file under another name, and gives it its own when its size and its hash are right. */
async function fetchBlob(
  hub: Hub,
  { id, revision }: HubModel,
  file: HubFile,
  blobs: string,
  made: string[],
  onBytes: (done: number) => void,
): Promise<void> {
  const partial = join(blobs, `${file.hash}.puma-${randomBytes(6).toString('hex')}`);
  made.push(partial);
  const check = checker(file, onBytes);
  try {
    const asked = { hubUrl: hub.url, fetch: hub.fetch, ...(hub.token && { accessToken: hub.token }) };
    const blob = await downloadFile({ ...asked, repo: id, revision, path: file.name, xet: false });
    if (!blob) throw brokenOff(file, 'it is gone');
    await pipeline(Readable.fromWeb(blob.stream() as ReadableStream), check.through, createWriteStream(partial));
  } catch (error) {
    throw explained(file, partial, error);
  }
  if (!check.isRight()) throw brokenOff(file, 'what arrived is not what the hub has');
  await io('write', blobs, () => rename(partial, join(blobs, file.hash)));
  made.push(join(blobs, file.hash));
}

/** A stream that counts and hashes what runs through it. */
function checker({ bytes, hash }: HubFile, onBytes: (done: number) => void) {
  const digest = hash.length === 64 ? createHash('sha256') : createHash('sha1').update(`blob ${bytes}\0`);
  let done = 0;
  const through = new Transform({
    transform(chunk: Uint8Array, _encoding, next) {
      digest.update(chunk);
      done += chunk.length;
      onBytes(Math.min(done, bytes));
      next(null, chunk);
    },
  });
  return { through, isRight: () => done === bytes && digest.digest('hex') === hash };
}

/** A link to a blob, or where links are not allowed a copy by another name. */
async function link(path: string, target: string, made: string[]): Promise<void> {
  if (await isThere(path)) return;
  await io('write', path, async () => {
    await rm(path, { force: true }); // a link that leads nowhere
    await symlink(target, path);
  });
  made.push(path);
}

/** Names the revision that is complete; the file is never half-written. */
async function writeReference(path: string, revision: string, made: string[]): Promise<void> {
  const now = await readFile(path, 'utf8').catch(() => undefined);
  if (now === revision) return;
  const partial = `${path}.puma-${randomBytes(6).toString('hex')}`;
  made.push(partial);
  await io('write', path, () => writeFile(partial, revision));
  await io('write', path, () => rename(partial, path));
}

function explained({ name }: HubFile, path: string, error: unknown): unknown {
  const { code, statusCode, message } = error as { code?: string; statusCode?: number; message?: string };
  if (error instanceof PumaError) return error;
  if (typeof code === 'string' && /^E[A-Z]+$/.test(code) && (error as { syscall?: string }).syscall !== 'read')
    return ioError(error, 'write', path);
  const why = statusCode === undefined ? (typeof error === 'string' ? error : message) : `status ${statusCode}`;
  return brokenOff({ name }, String(why));
}

function brokenOff({ name }: { name: string }, why: string): PumaError {
  const message = `the download of ${name} broke off: ${why}`;
  return new PumaError('E_NETWORK', message.replace(/\s+/g, ' '), 'Check the network and try again.', 1);
}
