/** How a model is read: its program, its tokenizer, what ends its texts. */
import { option, PumaError, words } from '../../errors.ts';
import { type Generation, readGeneration } from '../../loaders/generation.ts';
import { openModelTokenizer, readModelConfig } from '../../loaders/open-model.ts';
import { type ResolvedModel, resolveModel } from '../../loaders/resolve.ts';
import { modelFor } from '../../models/index.ts';
import type { Model } from '../../models/model.ts';
import type { Manifest } from '../../shares/index.ts';
import { checkFit } from '../../shares/share-model.ts';
import { findTemplate } from '../../tokenizers/chat/find.ts';
import { type ChatTemplate, chatTemplate } from '../../tokenizers/chat/template.ts';
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
  /** How a conversation is written; of a model that generates, and missing for the reason `noChat`. */
  chat?: ChatTemplate;
  noChat?: PumaError;
  /** How a model that generates wants its texts to go on; missing where no file says so. */
  generation?: Generation;
  /** What its files say that is not used, a line for each. */
  warnings: readonly string[];
};

/** Reads a model's config.json and tokenizer. Throws E_CHECKPOINT, E_ARCHITECTURE, E_CONFIG. */
export async function readerOf(found: ResolvedModel): Promise<Reader> {
  const config = (await readModelConfig(found)) as Record<string, unknown>;
  const program = modelFor(config);
  const { folder, name } = found;
  const generation = folder !== undefined && program.head.continues ? await readGeneration(folder, config) : undefined;
  const warnings = [...program.warnings, ...(generation?.warnings ?? [])];
  const tokenizer = await tokenizerOf(found);
  const chat = program.head.continues ? await chatOf(folder, tokenizer) : {};
  return { name, program, config, ...(generation ? { generation } : {}), warnings, ...tokenizer, ...chat };
}

async function chatOf(
  folder: string | undefined,
  { tokenizer, noTokenizer }: Pick<Reader, 'tokenizer' | 'noTokenizer'>,
): Promise<Pick<Reader, 'chat' | 'noChat'>> {
  if (!tokenizer || folder === undefined) return { noChat: noTokenizer! };
  try {
    return { chat: chatTemplate(await findTemplate(folder), tokenizer.specials) };
  } catch (error) {
    if (!(error instanceof PumaError)) throw error;
    return { noChat: error };
  }
}

/** For results: nothing where there are none. */
export const warningsOf = ({ warnings }: Pick<Reader, 'warnings'>): { warnings?: string[] } =>
  warnings.length > 0 ? { warnings: [...warnings] } : {};

/** For reports: the library that takes texts apart. */
export const engineOf = ({ tokenizer }: Pick<Reader, 'tokenizer'>): { tokenizer?: { engine: string } } =>
  tokenizer ? { tokenizer: { engine: tokenizer.engine } } : {};

async function tokenizerOf(found: ResolvedModel): Promise<Pick<Reader, 'tokenizer' | 'noTokenizer'>> {
  try {
    return { tokenizer: await openModelTokenizer(found) };
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
    return { reader: { name, program: modelFor(config), config, warnings: [], noTokenizer: none, noChat: none } };
  }
}
