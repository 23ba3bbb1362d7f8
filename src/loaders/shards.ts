import { join } from 'node:path';
import { PumaError } from '../errors.ts';
import { quote } from '../files/io.ts';
import { isObject, readJson } from '../files/json.ts';
import type { Tensor } from '../models/model.ts';
import { openSafetensors, type Safetensors, type Widen } from './safetensors.ts';

/** The tensors of a checkpoint, in one file or in several. */
export type Weights = {
  names: ReadonlySet<string>;
  /** A tensor of this shape; `who` expects it, in the message. */
  readFloat(name: string, shape: readonly number[], who: string): Promise<Tensor>;
  close(): Promise<void>;
};

/** The file that says which tensor is in which file. */
export const INDEX = 'model.safetensors.index.json';

/**
 * Opens the shards that model.safetensors.index.json names; `files` are those of the folder. As in transformers, the index only says which
 * files there are: a tensor is where it is found. What is wrong is told when it is read: nobody may want it.
 */
export async function openShards(folder: string, files: ReadonlySet<string>, kernels?: Widen): Promise<Weights> {
  const path = join(folder, INDEX);
  const shardOf = await readIndex(path);
  const shards = new Map<string, Safetensors>();
  const close = async () => {
    for (const shard of shards.values()) await shard.close();
  };
  try {
    for (const file of new Set(shardOf.values())) {
      if (files.has(file)) shards.set(file, await openSafetensors(join(folder, file), kernels));
    }
  } catch (error) {
    await close();
    throw error;
  }
  const homes = homesOf(shards);
  const missing = [...shardOf].filter(([name, file]) => !homes.has(name) && !files.has(file));
  const home = (name: string): Safetensors => {
    const [first, other] = homes.get(name) ?? [];
    if (first && other) throw refused(`tensor ${quote(name)} is both in ${first} and in ${other}`);
    if (first) return shards.get(first)!;
    const file = shardOf.get(name);
    if (file === undefined) return unknown(path, name);
    const at = join(folder, file);
    if (shards.has(file)) throw refused(`${at} does not have tensor ${quote(name)}, which ${path} says`);
    throw refused(`${at} does not exist; ${path} has tensor ${quote(name)} in it`);
  };
  return {
    names: new Set([...homes.keys(), ...missing.map(([name]) => name)]),
    readFloat: async (name, shape, who) => home(name).readFloat(name, shape, who),
    close,
  };
}

/** The files that have a tensor, by its name. */
function homesOf(shards: ReadonlyMap<string, Safetensors>): Map<string, string[]> {
  const homes = new Map<string, string[]>();
  for (const [file, { names }] of shards) {
    for (const name of names) homes.set(name, [...(homes.get(name) ?? []), file]);
  }
  return homes;
}

/** The shards that the index names, in the order of their names. */
export async function shardFiles(folder: string): Promise<string[]> {
  return [...new Set((await readIndex(join(folder, INDEX))).values())].sort();
}

/** File by tensor. A file name is never a path: an index must not lead out of its folder. */
async function readIndex(path: string): Promise<Map<string, string>> {
  const json = await readJson(path, 'E_CHECKPOINT', HINT);
  const map = isObject(json) ? json.weight_map : undefined;
  if (!isObject(map)) throw refused(`${path} has no "weight_map"`);
  const shardOf = new Map<string, string>();
  for (const [name, file] of Object.entries(map)) {
    if (typeof file !== 'string') throw refused(`${path}: the file of tensor ${quote(name)} is not named by a string`);
    if (!FILE_NAME.test(file)) {
      throw refused(`${path}: tensor ${quote(name)} is said to be in ${quote(file)}, which is no name of a shard`);
    }
    shardOf.set(name, file);
  }
  if (shardOf.size === 0) throw refused(`${path} names no tensors`);
  return shardOf;
}

const FILE_NAME = /^\w[\w.-]*\.safetensors$/;

const HINT = 'Fetch the index and all shards of the model again.';

function refused(message: string): PumaError {
  return new PumaError('E_CHECKPOINT', message, HINT);
}

function unknown(path: string, name: string): never {
  throw new PumaError('E_TENSOR', `${path} has no tensor ${quote(name)}`, 'Check that the checkpoint fits the model.');
}
