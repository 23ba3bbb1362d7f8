import { readFile, realpath } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { call, option, PumaError, words } from '../errors.ts';
import { io } from '../files/io.ts';
import { projectRoot } from '../files/root.ts';
import { isFile, isFolder } from '../files/there.ts';
import { layersKey } from '../models/index.ts';
import type { ModelRing } from '../rings/schema.ts';
import { loadRegistry, type RegisteredModel, type Registry } from './registry.ts';

/** A model and what the registry knows of it: a checkpoint on this disk, or a synthetic one (synthetic.ts). */
export type ResolvedModel = {
  name: string;
  ring: ModelRing;
  /** Missing for a checkpoint that the registry does not list. */
  entry?: RegisteredModel;
  /** The plan that `ring` is of, or was checked against (plans/planned-model.ts). */
  calibration?: { file: string; status: 'planned' | 'checked' | 'overridden' };
} & ({ folder: string; synthetic?: undefined } | { folder?: undefined; synthetic: RegisteredModel['config'] });

export type ResolveOptions = {
  registry?: Registry;
  root?: string;
  env?: NodeJS.ProcessEnv;
  /** Of a synthetic model: instead of the layers it has. */
  layers?: number | undefined;
};

/**
 * Finds a model: `synthetic:NAME` for one of the registry, a bundled model's name, a folder, or a Hugging Face id in the local
 * cache. Nothing is downloaded.
 */
export async function resolveModel(nameOrFolder: string, options: ResolveOptions = {}): Promise<ResolvedModel> {
  const { registry = loadRegistry(), root = projectRoot(), env = process.env, layers } = options;
  if (nameOrFolder.startsWith(SYNTHETIC)) return synthetic(nameOrFolder, registry, layers);
  if (layers !== undefined) {
    const message = `${nameOrFolder} has layers of its own; only a synthetic model is made with ${layers}`;
    throw new PumaError(
      'E_MODEL',
      message,
      words`Leave out ${option('layers')}, or give ${option('model', 'synthetic:NAME')}.`,
    );
  }
  const entry = registry.models.get(nameOrFolder);
  if (entry && 'bundled' in entry.source) return bundled(entry, root);
  if (await isFolder(nameOrFolder)) return fromFolder(nameOrFolder, registry, root);
  const ids = entry && 'huggingface' in entry.source ? [entry.source.huggingface, entry.name] : [nameOrFolder];
  for (const id of ids) {
    const folder = await inCache(id, env);
    if (folder) return { name: nameOrFolder, folder, ring: (entry ?? registry.defaults).ring, ...(entry && { entry }) };
  }
  throw unknownModel(nameOrFolder, registry, entry !== undefined);
}

const SYNTHETIC = 'synthetic:';

function synthetic(name: string, registry: Registry, layers: number | undefined): ResolvedModel {
  const entry = registry.models.get(name.slice(SYNTHETIC.length));
  if (!entry) {
    const message = `${JSON.stringify(name)} does not name a model of the registry`;
    throw new PumaError('E_MODEL', message, `Give synthetic:NAME with one of: ${namesOf(registry)}.`);
  }
  const config = layers === undefined ? entry.config : { ...entry.config, [layersKey(entry.config)]: layers };
  return { name, synthetic: config, ring: entry.ring, entry };
}

/** The folder of a model in the local Hugging Face cache, or undefined. */
export async function inCache(id: string, env: NodeJS.ProcessEnv = process.env): Promise<string | undefined> {
  if (!HUB_ID.test(id)) return undefined;
  const repository = join(cacheFolder(env), `models--${id.replace('/', '--')}`);
  const reference = join(repository, 'refs', 'main');
  if (!(await isFile(reference))) return undefined;
  const revision = (await io('read', reference, () => readFile(reference, 'utf8'))).trim();
  const folder = join(repository, 'snapshots', revision);
  if (/^[0-9a-f]{40}$/.test(revision) && (await isFolder(folder))) return folder;
  const message = `${reference} names the revision ${JSON.stringify(revision.slice(0, 60))}, which is not in the cache`;
  throw new PumaError('E_MODEL', message, words`Fetch it again: ${call('pull', { name: id })}`);
}

/** Where Hugging Face's own tools look, in their order. */
export function cacheFolder(env: NodeJS.ProcessEnv): string {
  if (env.HF_HUB_CACHE) return env.HF_HUB_CACHE;
  const home = env.HF_HOME || join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'huggingface');
  return join(home.replace(/^~(?=\/|$)/, homedir()), 'hub');
}

/** `name` or `organisation/name`; never a path that leads elsewhere. */
export const HUB_ID = /^(?!.*(\.\.|--))[A-Za-z0-9][\w.-]*(\/[A-Za-z0-9][\w.-]*)?$/;

async function bundled(entry: RegisteredModel, root: string): Promise<ResolvedModel> {
  const folder = bundledFolder(entry, root)!;
  if (await isFolder(folder)) return { name: entry.name, folder, ring: entry.ring, entry };
  throw new PumaError('E_MODEL', `${folder} does not exist`, `${entry.name} is part of Puma: install Puma again.`);
}

async function fromFolder(path: string, registry: Registry, root: string): Promise<ResolvedModel> {
  const folder = resolve(path);
  const real = await realpath(folder);
  for (const entry of registry.models.values()) {
    const home = bundledFolder(entry, root);
    if (home && real === (await realpath(home).catch(() => undefined)))
      return { name: entry.name, folder, ring: entry.ring, entry };
  }
  return { name: basename(real), folder, ring: registry.defaults.ring };
}

function bundledFolder({ source }: RegisteredModel, root: string): string | undefined {
  return 'bundled' in source ? join(root, source.bundled) : undefined;
}

const namesOf = ({ models }: Registry): string => [...models.keys()].join(', ');

function unknownModel(name: string, registry: Registry, registered: boolean): PumaError {
  if (registered) {
    const hint = words`Fetch it: ${call('pull', { name })}, or give the folder of a checkpoint.`;
    return new PumaError('E_MODEL', `${name} is not on this disk`, hint);
  }
  const id = HUB_ID.test(name) ? name : 'ORGANISATION/NAME';
  const hint = words`Known models: ${namesOf(registry)}. Others: give a folder, or fetch it first: ${call('pull', { name: id })}`;
  return new PumaError(
    'E_MODEL',
    `${JSON.stringify(name)} is no folder, no known model and not in the Hugging Face cache`,
    hint,
  );
}
