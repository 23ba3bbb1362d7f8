import { listFiles, modelInfo } from '@huggingface/hub';
import { PumaError } from '../errors.ts';

/** The Hugging Face hub, or a mirror of it, and who is asking. */
export type Hub = {
  url: string;
  /** Never printed. */
  token?: string;
  /** Like the global one; ends with the signal, and says in one line when there is no network. */
  fetch: typeof fetch;
};

/** A file of a model on the hub. */
export type HubFile = {
  name: string;
  bytes: number;
  /** SHA-256 of a large file; SHA-1 of "blob SIZE\0CONTENT" (git's) of a small one. */
  hash: string;
};

export type HubModel = { id: string; revision: string; files: readonly HubFile[] };

/** HF_ENDPOINT and HF_TOKEN mean what they mean to Hugging Face's own tools. */
export function openHub(env: NodeJS.ProcessEnv, signal: AbortSignal): Hub {
  const url = (env.HF_ENDPOINT || 'https://huggingface.co').replace(/\/+$/, '');
  if (!/^https?:\/\/[^/]/.test(url) || !URL.canParse(url)) {
    throw new PumaError(
      'E_HUB',
      'HF_ENDPOINT is no http address',
      'Unset it, or give one like https://huggingface.co.',
    );
  }
  const token = env.HF_TOKEN?.trim();
  if (token && !/^hf_\w+$/.test(token)) {
    throw new PumaError('E_HUB', 'HF_TOKEN is no token of the Hugging Face hub', 'Unset it, or give one like hf_...');
  }
  const request: typeof fetch = async (input, init) => {
    try {
      return await fetch(input, { ...init, signal });
    } catch (error) {
      signal.throwIfAborted();
      throw unreachable(url, error);
    }
  };
  return { url, fetch: request, ...(token && { token }) };
}

/** What the hub's main branch has of a model, as far as Puma needs it: configuration, tokenizer and weights. */
export async function findModel(hub: Hub, id: string): Promise<HubModel> {
  const asked = { hubUrl: hub.url, fetch: hub.fetch, ...(hub.token && { accessToken: hub.token }) };
  try {
    const { sha: revision } = await modelInfo({ ...asked, name: id, revision: 'main', additionalFields: ['sha'] });
    if (!/^[0-9a-f]{40}$/.test(revision)) throw strange(id, 'no revision');
    const files: HubFile[] = [];
    for await (const { type, path: name, size, oid, lfs } of listFiles({ ...asked, repo: id, revision })) {
      if (type !== 'file' || !(SMALL_FILES.has(name) || WEIGHTS.test(name))) continue;
      const [bytes, hash] = [lfs?.size ?? size, lfs?.oid ?? oid ?? ''];
      if (!Number.isSafeInteger(bytes) || !/^([0-9a-f]{40}|[0-9a-f]{64})$/.test(hash)) throw strange(id, name);
      files.push({ name, bytes, hash });
    }
    return { id, revision, files: chosen(id, files) };
  } catch (error) {
    throw explained(id, error);
  }
}

const SMALL_FILES = new Set([
  ...['config.json', 'generation_config.json', 'tokenizer.json', 'tokenizer_config.json', 'special_tokens_map.json'],
  ...['vocab.txt', 'vocab.json', 'merges.txt', 'model.safetensors.index.json'],
]);
const WEIGHTS = /^model(-\d{5}-of-\d{5})?\.safetensors$/;

/** One file of weights, or else all shards with their index. */
function chosen(id: string, files: readonly HubFile[]): HubFile[] {
  const has = (name: string) => files.some((file) => file.name === name);
  if (!has('config.json')) throw unfit(id, 'config.json');
  if (has('model.safetensors')) return files.filter(({ name }) => !/^model[-.]safetensors\.index|^model-/.test(name));
  if (has('model.safetensors.index.json')) return [...files];
  throw unfit(id, 'weights in safetensors files');
}

function unfit(id: string, what: string): PumaError {
  const hint = 'Choose another model, or convert it with transformers: model.save_pretrained(folder).';
  return new PumaError('E_HUB', `${id} has no ${what}`, hint);
}

function strange(id: string, what: string): PumaError {
  const hint = 'Check HF_ENDPOINT, or try again later.';
  return new PumaError('E_HUB', `the hub's answer about ${id} makes no sense: ${what}`, hint, 1);
}

function unreachable(url: string, error: unknown): PumaError {
  const { cause, message } = error as { cause?: { code?: string; message?: string }; message?: string };
  const why = cause?.code ?? cause?.message ?? message;
  const hint = 'Check the network, or copy the checkpoint here by other means and name its folder.';
  return new PumaError('E_NETWORK', `cannot reach ${new URL(url).origin}: ${why}`, hint, 1);
}

/** An error of the library as one line. */
function explained(id: string, error: unknown): unknown {
  if (error instanceof PumaError) return error;
  const { statusCode: status } = error as { statusCode?: number };
  if (status === 401 || status === 403 || status === 404) {
    const hint = 'Check the name. For a private or gated model, accept its terms and set HF_TOKEN.';
    return new PumaError('E_HUB', `the hub shows no model ${id} to us (status ${status})`, hint);
  }
  if (status !== undefined) {
    return new PumaError('E_HUB', `the hub failed to describe ${id} (status ${status})`, 'Try again later.', 1);
  }
  return error instanceof SyntaxError || error instanceof TypeError ? strange(id, 'not what was asked for') : error;
}
