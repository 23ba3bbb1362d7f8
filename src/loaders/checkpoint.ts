import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { PumaError } from '../errors.ts';
import { io } from '../files/io.ts';
import { isObject, readJson } from '../files/json.ts';
import type { ReadTensor } from '../models/model.ts';
import { withAdapter } from './lora.ts';
import { openSafetensors, type Widen } from './safetensors.ts';
import { INDEX, openShards, type Weights } from './shards.ts';

/** A checkpoint folder as it comes from Hugging Face: config.json, and weights in one safetensors file or in shards. */
export type Checkpoint = {
  folder: string;
  /** config.json as it is; the model checks what it needs of it. */
  config: Record<string, unknown>;
  /** Names of all tensors. */
  names: ReadonlySet<string>;
  read: ReadTensor;
  close(): Promise<void>;
};

export async function openCheckpoint(folder: string, kernels?: Widen): Promise<Checkpoint> {
  const files = new Set(await io('read', folder, () => readdir(folder)));
  const config = await readConfig(folder, files);
  const weights = await openAdapted(folder, files, config, kernels);
  const who = typeof config.model_type === 'string' ? config.model_type : 'the model';
  return {
    folder,
    config,
    names: weights.names,
    read: (name, shape) => weights.readFloat(name, shape, who),
    close: () => weights.close(),
  };
}

async function readConfig(folder: string, files: Set<string>): Promise<Record<string, unknown>> {
  const path = join(folder, 'config.json');
  if (!files.has('config.json') && files.has('adapter_config.json')) {
    const message = `${folder} has a LoRA adapter alone`;
    throw new PumaError('E_ADAPTER', message, 'Put config.json and the weights of its base model beside it.');
  }
  if (!files.has('config.json')) {
    throw new PumaError('E_CHECKPOINT', `${path} does not exist`, 'Name a folder with a Hugging Face checkpoint.');
  }
  const hint = "Fetch the model's config.json again.";
  const config = await readJson(path, 'E_CHECKPOINT', hint);
  if (!isObject(config)) throw new PumaError('E_CHECKPOINT', `${path} does not hold a JSON object`, hint);
  return config;
}

/** The weights, and what an adapter beside them adds. */
async function openAdapted(...[folder, files, config, kernels]: Parameters<typeof openWeights>): Promise<Weights> {
  const base = await openWeights(folder, files, config, kernels);
  try {
    return await withAdapter(folder, files, base, kernels);
  } catch (error) {
    await base.close();
    throw error;
  }
}

/** One file if it is there, else the shards: the order of transformers. */
async function openWeights(
  folder: string,
  files: Set<string>,
  config: Record<string, unknown>,
  kernels?: Widen,
): Promise<Weights> {
  const path = join(folder, 'model.safetensors');
  if (files.has('model.safetensors')) return openSafetensors(path, kernels);
  if (files.has(INDEX)) return openShards(folder, files, kernels);
  const pickle = [...files].find((file) => /^pytorch_model\.bin(\.index\.json)?$/.test(file));
  if (pickle === undefined) {
    const hint = 'Name a folder with config.json and model.safetensors.';
    throw new PumaError('E_CHECKPOINT', `${path} does not exist`, hint);
  }
  const message = `${path} does not exist; ${pickle} is a pickle and is never opened`;
  throw new PumaError('E_CHECKPOINT', message, `Convert it to safetensors: ${convert(config, folder)}`);
}

/** The class that config.json names keeps its head; without one, there is the bare model. */
function convert({ architectures }: Record<string, unknown>, folder: string): string {
  const first: unknown = Array.isArray(architectures) ? architectures[0] : undefined;
  const name = typeof first === 'string' && /^[A-Za-z]\w*$/.test(first) ? first : 'AutoModel';
  return `python -c "from transformers import ${name} as M; f = '${quoted(folder)}'; M.from_pretrained(f).save_pretrained(f)"`;
}

/** Within single quotes of Python within double quotes of a shell. */
const quoted = (text: string): string => (/^[\w./ -]*$/.test(text) ? text : 'FOLDER');
