import { join } from 'node:path';
import { option, PumaError, words } from '../errors.ts';
import { isObject, readJson } from '../files/json.ts';
import { isFile } from '../files/there.ts';
import type { Kernels } from '../kernels/kernels.ts';
import { openTokenizer } from '../tokenizers/open.ts';
import type { Tokenizer } from '../tokenizers/tokenizer.ts';
import { openCheckpoint } from './checkpoint.ts';
import type { ResolvedModel } from './resolve.ts';
import { type OpenModel, openSynthetic } from './synthetic.ts';

export type { OpenModel };

/** Opens the weights: files of a checkpoint, or synthetic ones. */
export async function openModel(model: ResolvedModel, kernels: Kernels): Promise<OpenModel> {
  return model.synthetic ? openSynthetic(model.synthetic, { kernels }) : openCheckpoint(model.folder, kernels);
}

/** config.json alone: who has shares needs no weights. */
export async function readModelConfig({ synthetic, folder }: ResolvedModel): Promise<unknown> {
  return synthetic ?? readJson(join(folder, 'config.json'), 'E_CHECKPOINT', "Fetch the model's config.json again.");
}

export async function openModelTokenizer({ name, synthetic, folder }: ResolvedModel): Promise<Tokenizer> {
  if (!synthetic) return withTypes(await openTokenizer(folder), await namesTypes(folder));
  const message = `${name} is given a text, but synthetic models have no tokenizer`;
  throw new PumaError('E_TOKENIZER', message, words`Give token ids instead (${option('ids')}).`);
}

/** Whether the model is to be given types of tokens: as `model_input_names` of tokenizer_config.json says, if it does. */
async function namesTypes(folder: string): Promise<boolean> {
  const path = join(folder, 'tokenizer_config.json');
  if (!(await isFile(path))) return true;
  const config = await readJson(path, 'E_TOKENIZER', "Fetch the model's tokenizer files again.");
  const names = isObject(config) ? config.model_input_names : undefined;
  return !Array.isArray(names) || names.includes('token_type_ids');
}

/** Without them, the model takes all tokens for those of a first text. */
function withTypes(tokenizer: Tokenizer, named: boolean): Tokenizer {
  if (named) return tokenizer;
  const encode: Tokenizer['encode'] = (text, pair) => {
    const { ids } = tokenizer.encode(text, pair);
    return { ids, types: ids.map(() => 0) };
  };
  return { ...tokenizer, encode, decode: (ids) => tokenizer.decode(ids) };
}
