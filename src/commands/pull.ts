import { pull as fetchModel, type PulledModel } from '../library/pull.ts';
import { bytes } from '../report/units.ts';
import { JSON_OPTION, type Verb } from '../terminal/verb.ts';

type Options = { name: string; json?: boolean };

/** `puma pull`: a model of the Hugging Face hub into the local cache, where the other commands find it. */
export const pull: Verb<Options> = {
  name: 'pull',
  summary: 'fetch a model from the Hugging Face hub',
  argument: { name: 'name', description: 'a name that `puma models` lists, or ORGANISATION/NAME on the hub' },
  options: [JSON_OPTION],
  examples: ['puma pull bert-base-uncased', 'HF_TOKEN=hf_... puma pull ORGANISATION/GATED-MODEL'],
  async run({ name, json = false }, { signal, bars: { onProgress } }) {
    const pulled = await fetchModel({ name, signal, onProgress });
    return json ? JSON.stringify(pulled) : describe(pulled);
  },
};

function describe({ model, folder, bytes: all, fetchedBytes }: PulledModel): string {
  const what = fetchedBytes === 0 ? 'was here already' : `${bytes(fetchedBytes)} fetched`;
  return `${model}: ${what}${fetchedBytes > 0 && fetchedBytes < all ? `, ${bytes(all - fetchedBytes)} were here` : ''}\n${folder}`;
}
