import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { PumaError } from '../errors.ts';
import { io } from '../files/io.ts';
import { readJson } from '../files/json.ts';
import { isBpe } from './bpe/file.ts';
import { bpeFromFiles, bpeFromJson, modelTypeOf } from './bpe/open.ts';
import { libraryTokenizer } from './library-tokenizer.ts';
import type { Tokenizer } from './tokenizer.ts';
import { parseTokenizer, readTokenizerConfig, TOKENIZER_HINT, wordPieceSettings } from './tokenizer-file.ts';
import { readVocabulary, wordPieceTokenizer } from './vocabulary.ts';

/** Opens a checkpoint's tokenizer.json, or when there is none its vocab.txt, or its vocab.json and merges.txt. */
export async function openTokenizer(folder: string): Promise<Tokenizer> {
  const files = new Set(await io('read', folder, () => readdir(folder)));
  const at = (file: string) => join(folder, file);
  const config = await readTokenizerConfig(folder, files);
  if (files.has('tokenizer.json')) {
    const path = at('tokenizer.json');
    const json = await readJson(path, 'E_TOKENIZER', TOKENIZER_HINT);
    if (isBpe(json)) return bpeFromJson(json, config, await modelTypeOf(folder), path);
    return libraryTokenizer(parseTokenizer(json, config, path), config, path);
  }
  if (files.has('vocab.txt')) {
    const path = at('vocab.txt');
    const file = wordPieceTokenizer(await readVocabulary(path), wordPieceSettings(config), path);
    return libraryTokenizer(file, config, path);
  }
  if (files.has('vocab.json') && files.has('merges.txt')) {
    return bpeFromFiles(folder, config, await modelTypeOf(folder));
  }
  const message = `${folder} has no tokenizer.json, no vocab.txt, and not both vocab.json and merges.txt`;
  throw new PumaError('E_TOKENIZER', message, "Put the model's tokenizer files beside its weights.");
}

/** Refuses a tokenizer with ids for which the model has no row. Rows without a token are fine: models are padded. */
export function checkVocabulary({ vocabularySize }: Tokenizer, rows: number, path: string): void {
  if (vocabularySize <= rows) return;
  throw new PumaError(
    'E_TOKENIZER',
    `the tokenizer in ${path} has ${vocabularySize} tokens; the model knows ${rows}`,
    'Use the tokenizer that came with the checkpoint.',
  );
}
