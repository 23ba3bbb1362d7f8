/** How a model is read: its program, its tokenizer, what ends its texts. */
import { option, PumaError, words } from '../../errors.ts';
import { readGeneration } from '../../loaders/generation.ts';
import { openModelTokenizer, readModelConfig } from '../../loaders/open-model.ts';
import { type ResolvedModel, resolveModel } from '../../loaders/resolve.ts';
import { modelFor } from '../../models/index.ts';
import type { Model } from '../../models/model.ts';
import type { Manifest } from '../../shares/index.ts';
import { checkFit } from '../../shares/share-model.ts';
import { checkVocabulary } from '../../tokenizers/open.ts';
import type { Tokenizer } from '../../tokenizers/tokenizer.ts';

/** What a client knows of a model. */
export type Reader = {
  name: string;
  program: Model;
  /** config.json as it is. */
  config: Record<string, unknown>;
  /** Missing where there is none, for the reason `noTokenizer`. */
  tokenizer?: Tokenizer;
  noTokenizer?: PumaError;
  /** Ids that end a text. */
  eos: readonly number[];
};

/** Reads a model's config.json and tokenizer. Throws E_CHECKPOINT, E_ARCHITECTURE, E_CONFIG. */
export async function readerOf(found: ResolvedModel): Promise<Reader> {
  const config = (await readModelConfig(found)) as Record<string, unknown>;
  const program = modelFor(config);
  const eos = found.folder === undefined ? [] : (await readGeneration(found.folder, config)).eosIds;
  return { name: found.name, program, config, eos, ...(await tokenizerOf(found, program)) };
}

async function tokenizerOf(found: ResolvedModel, program: Model): Promise<Pick<Reader, 'tokenizer' | 'noTokenizer'>> {
  try {
    const tokenizer = await openModelTokenizer(found);
    checkVocabulary(tokenizer, program.vocabularySize, found.folder ?? found.name);
    return { tokenizer };
  } catch (error) {
    if (!(error instanceof PumaError)) throw error;
    return { noTokenizer: error };
  }
}

/** What the manifest of shares tells a client; and the model, with its tokenizer, if one of that name is found here and fits. */
export async function readerOfShares(
  folder: string,
  manifest: Manifest,
): Promise<{ reader: Reader; model?: ResolvedModel }> {
  const { name, config } = manifest.model;
  try {
    const model = await resolveModel(name);
    const reader = await readerOf(model);
    checkFit(folder, manifest, reader, reader.program);
    return { reader, model };
  } catch (error) {
    if (!(error instanceof PumaError)) throw error;
    const hint = words`Give ${option('ids')}; or give startParties() the model, for its tokenizer.`;
    const none = new PumaError('E_TOKENIZER', `${name} is given a text, and there is no tokenizer`, hint);
    return { reader: { name, program: modelFor(config), config, eos: [], noTokenizer: none } };
  }
}
