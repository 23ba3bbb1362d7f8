import { call, option, PumaError, words } from '../errors.ts';
import { findModel, openHub } from '../hub/client.ts';
import { type Download, pullModel } from '../hub/pull.ts';
import { loadRegistry } from '../loaders/registry.ts';
import { cacheFolder, HUB_ID } from '../loaders/resolve.ts';
import { callback, checkOptions, type Fields, signal, text } from './fields.ts';
import type { RunOptions } from './run/options.ts';

export type PullOptions = Pick<RunOptions, 'signal' | 'onProgress'> & {
  /** A name of the registry, or ORGANISATION/NAME on the hub. */
  name: string;
};

export type PulledModel = Download & { model: string; revision: string; files: { name: string; bytes: number }[] };

const FIELDS: Fields<PullOptions> = { name: text, signal, onProgress: callback };

/**
 * Fetches a model of the Hugging Face hub into the local cache, where every other call finds it.
 *
 *     const { folder } = await pull({ name: 'openai-community/gpt2' });
 *
 * @throws PumaError E_MODEL (no name of a model on the hub), E_HUB, E_DISK; the signal's reason
 */
export async function pull(options: PullOptions): Promise<PulledModel> {
  checkOptions(FIELDS, options);
  const { onProgress, signal = new AbortController().signal } = options;
  const id = hubId(options.name);
  const hub = openHub(process.env, signal);
  const model = await findModel(hub, id);
  const pulled = await pullModel(hub, model, cacheFolder(process.env), (done, total, name) =>
    onProgress?.({ what: 'fetch', done, total, name, title: id }),
  );
  const files = model.files.map(({ name, bytes }) => ({ name, bytes }));
  return { model: id, revision: model.revision, ...pulled, files };
}

/** The registry's names stand for ids on the hub. */
function hubId(name: string): string {
  const entry = loadRegistry().models.get(name);
  if (entry && 'bundled' in entry.source) {
    const hint = words`There is nothing to fetch: use ${option('model', name)}.`;
    throw new PumaError('E_MODEL', `${name} is part of Puma`, hint);
  }
  const id = entry && 'huggingface' in entry.source ? entry.source.huggingface : name;
  if (HUB_ID.test(id)) return id;
  const hint = words`Give a name that ${call('models')} lists, or ORGANISATION/NAME.`;
  throw new PumaError('E_MODEL', `${JSON.stringify(name)} is no name of a model on the hub`, hint);
}
