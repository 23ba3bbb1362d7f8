import { join } from 'node:path';
import { option, PumaError, words } from '../errors.ts';
import { readJson } from '../files/json.ts';
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
  if (!synthetic) return openTokenizer(folder);
  const message = `${name} is given a text, but synthetic models have no tokenizer`;
  throw new PumaError('E_TOKENIZER', message, words`Give token ids instead (${option('ids')}).`);
}
