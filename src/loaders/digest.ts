/** Digests of a checkpoint: what a plan and a reference belong to. */
import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { PumaError } from '../errors.ts';
import { io } from '../files/io.ts';
import { canonicalJson, readJson } from '../files/json.ts';
import { ADAPTER_FILES } from './lora.ts';
import { INDEX, shardFiles } from './shards.ts';

export type DigestOptions = {
  signal?: AbortSignal | undefined;
  /** Bytes of weights that are read, of how many. */
  onProgress?: ((bytes: number, total: number) => void) | undefined;
};

/**
 * SHA-256 in hex of config.json, whatever the order of its keys, and of the names, sizes and bytes of the weight files: model.safetensors,
 * or else the index and all shards that are there, in the order of their names, and of an adapter beside them. Read as a stream.
 */
export async function checkpointDigest(folder: string, options: DigestOptions = {}): Promise<string> {
  const config = await readJson(join(folder, 'config.json'), 'E_CHECKPOINT', "Fetch the model's config.json again.");
  const hash = createHash('sha256').update(canonicalJson(config));
  const files = await Promise.all((await weightFiles(folder, 'a plan')).map((name) => sized(folder, name)));
  const total = files.reduce((sum, { size }) => sum + size, 0);
  let done = 0;
  for (const { name, size, path } of files) {
    hash.update(`\n${name} ${size}\n`);
    await addFile(hash, path, options, (bytes) => options.onProgress?.((done += bytes), total));
  }
  return hash.digest('hex');
}

/** SHA-256 in hex of config.json and of each weight file, byte by byte. `what` is said to be for its weights where there are none. */
export async function fileDigests(
  folder: string,
  what: string,
  options: DigestOptions = {},
): Promise<Map<string, string>> {
  const names = ['config.json', ...(await weightFiles(folder, what))];
  const files = await Promise.all(names.map((name) => sized(folder, name)));
  const total = files.reduce((sum, { size }) => sum + size, 0);
  let done = 0;
  const digests = new Map<string, string>();
  for (const { name, path } of files) {
    const hash = createHash('sha256');
    await addFile(hash, path, options, (bytes) => options.onProgress?.((done += bytes), total));
    digests.set(name, hash.digest('hex'));
  }
  return digests;
}

async function addFile(
  hash: Hash,
  path: string,
  { signal }: DigestOptions,
  onBytes: (bytes: number) => void,
): Promise<void> {
  await io('read', path, async () => {
    for await (const bytes of createReadStream(path, { highWaterMark: 1 << 20 })) {
      signal?.throwIfAborted();
      hash.update(bytes);
      onBytes(bytes.length);
    }
  });
}

/** The files that a checkpoint's weights are read from (checkpoint.ts). */
async function weightFiles(folder: string, what: string): Promise<string[]> {
  const names = new Set(await io('read', folder, () => readdir(folder)));
  const adapter = names.has(ADAPTER_FILES[0]) ? ADAPTER_FILES.filter((file) => names.has(file)) : [];
  if (names.has('model.safetensors')) return ['model.safetensors', ...adapter];
  if (names.has(INDEX)) return [INDEX, ...(await shardFiles(folder)).filter((file) => names.has(file)), ...adapter];
  const message = `${join(folder, 'model.safetensors')} does not exist, and ${what} is for its weights`;
  throw new PumaError('E_CHECKPOINT', message, 'Name a folder with config.json and model.safetensors.');
}

async function sized(folder: string, name: string) {
  const path = join(folder, name);
  return { name, path, size: (await io('read', path, () => stat(path))).size };
}
