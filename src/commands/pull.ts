import { PumaError } from '../errors.ts';
import { findModel, openHub } from '../hub/client.ts';
import { pullModel } from '../hub/pull.ts';
import { loadRegistry } from '../loaders/registry.ts';
import { cacheFolder, HUB_ID } from '../loaders/resolve.ts';
import { bytes } from '../report/units.ts';
import { progressBars } from './progress.ts';
import { JSON_OPTION, type Verb } from './verb.ts';

type Options = { name: string; json?: boolean };

/** `puma pull`: a model of the Hugging Face hub into the local cache, where the other commands find it. */
export const pull: Verb<Options> = {
  name: 'pull',
  summary: 'fetch a model from the Hugging Face hub',
  argument: { name: 'name', description: 'a name that `puma models` lists, or ORGANISATION/NAME on the hub' },
  options: [JSON_OPTION],
  examples: ['puma pull bert-base-uncased', 'HF_TOKEN=hf_... puma pull ORGANISATION/GATED-MODEL'],
  async run({ name, json = false }, { signal }) {
    const id = hubId(name);
    const hub = openHub(process.env, signal);
    const model = await findModel(hub, id);
    const step = progressBars({ json })(`Fetching ${id}`, 1);
    const onProgress = (done: number, total: number, file: string) =>
      step.to(done / Math.max(total, 1), `${bytes(done)} of ${bytes(total)}, ${file}`);
    const pulled = await pullModel(hub, model, cacheFolder(process.env), onProgress).finally(() => step.end());
    const { revision, files } = model;
    const report = {
      model: id,
      revision,
      ...pulled,
      files: files.map((file) => ({ name: file.name, bytes: file.bytes })),
    };
    return json ? JSON.stringify(report) : describe(id, report);
  },
};

/** The registry's names stand for ids on the hub. */
function hubId(name: string): string {
  const entry = loadRegistry().models.get(name);
  if (entry && 'bundled' in entry.source) {
    throw new PumaError('E_MODEL', `${name} is part of Puma`, `There is nothing to fetch: use --model ${name}.`);
  }
  const id = entry && 'huggingface' in entry.source ? entry.source.huggingface : name;
  if (HUB_ID.test(id)) return id;
  const message = `${JSON.stringify(name)} is no name of a model on the hub`;
  throw new PumaError('E_MODEL', message, 'Give a name that `puma models` lists, or ORGANISATION/NAME.');
}

function describe(
  id: string,
  { folder, bytes: all, fetchedBytes }: { folder: string; bytes: number; fetchedBytes: number },
) {
  const what = fetchedBytes === 0 ? 'was here already' : `${bytes(fetchedBytes)} fetched`;
  return `${id}: ${what}${fetchedBytes > 0 && fetchedBytes < all ? `, ${bytes(all - fetchedBytes)} were here` : ''}\n${folder}`;
}
