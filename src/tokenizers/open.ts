import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { PumaError } from '../errors.ts';
import { io } from '../files/io.ts';
import { isObject, readJson } from '../files/json.ts';
import { assemble, type Plan, specialsOf } from './assemble.ts';
import { classOf } from './class-of.ts';
import { bert } from './classes/bert.ts';
import type { Source, TokenizerClass } from './classes/class.ts';
import { TOKENIZER_HINT, tokenizerError } from './json.ts';
import { run } from './run.ts';
import { readSentencePiece } from './sentencepiece/model.ts';
import { namesOf, pipelineOf, settingsFor } from './sentencepiece/pipeline.ts';
import { sourceOfPieces } from './sentencepiece/source.ts';
import { readSettings, type Settings } from './settings.ts';
import { type JsonFile, readJsonFile, sourceOf } from './sources/json-file.ts';
import { readPairs, readVocabulary } from './sources/word-files.ts';
import type { Tokenizer } from './tokenizer.ts';

/** Opens a checkpoint's tokenizer as transformers does: by the class that its files name, from whichever files it has. */
export async function openTokenizer(folder: string): Promise<Tokenizer> {
  return run(await planOf(folder));
}

/** The tokenizer of a folder, before a library runs it. */
export async function planOf(folder: string): Promise<Plan> {
  const files = new Set(await io('read', folder, () => readdir(folder)));
  const file = files.has('tokenizer.json') ? await readJsonFile(join(folder, 'tokenizer.json')) : undefined;
  const settings = await readSettings(folder, files, file?.added);
  const rule = await ruleOf(folder, files, settings, file);
  if (file) return fromJson(file, rule, settings);
  return rule === 'as it is' ? fromPieces(folder, files, settings) : fromFiles(folder, files, rule, settings);
}

async function ruleOf(folder: string, files: ReadonlySet<string>, settings: Settings, file: JsonFile | undefined) {
  // the model's config.json only helps to tell tokenizers apart: whoever needs it says what is wrong with it
  const json = await readJson(join(folder, 'config.json'), 'E_TOKENIZER', TOKENIZER_HINT).catch(() => undefined);
  const model = isObject(json) ? json : {};
  const clues = { named: settings.tokenizer_class, path: join(folder, 'tokenizer_config.json'), model };
  const rule = classOf({ ...clues, byteLevel: file?.byteLevel ?? false });
  const plain = rule === 'as it is' && !file && model.model_type === undefined && files.has('vocab.txt');
  return plain ? bert : rule;
}

function fromJson(file: JsonFile, rule: TokenizerClass | 'as it is', settings: Settings): Plan {
  if (rule === 'as it is') {
    const { path, pipeline } = file;
    const source = { path, vocab: pipeline.model.vocab, merges: [], postProcessor: pipeline.post_processor };
    const kept = file.added.map(({ token }) => token);
    return assemble(
      undefined,
      pipeline,
      { source, settings, specials: specialsOf(undefined, settings, file.pad), kept },
      true,
    );
  }
  return byRule(rule, sourceOf(file, rule), settings, true, file.pad);
}

function byRule(rule: TokenizerClass, source: Source, settings: Settings, json: boolean, pad?: string): Plan {
  const specials = specialsOf(rule, settings, pad);
  const parts = { ...rule.build(source, settings, specials), post_processor: source.postProcessor };
  return assemble(rule, parts, { source, settings, specials }, json);
}

async function fromFiles(
  folder: string,
  files: ReadonlySet<string>,
  rule: TokenizerClass,
  settings: Settings,
): Promise<Plan> {
  const common = { postProcessor: null, merges: [] };
  const file = files.has('tokenizer.model') ? 'tokenizer.model' : rule.file;
  const path = join(folder, file);
  if (!files.has(file) || (file === 'vocab.json' && !files.has('merges.txt'))) throw none(folder, rule);
  if (file === 'vocab.txt')
    return byRule(rule, { ...common, path, vocab: await readVocabulary(path) }, settings, false);
  if (file === 'vocab.json') return byRule(rule, { ...common, path, ...(await readPairs(folder)) }, settings, false);
  const model = await readSentencePiece(path);
  return byRule(rule, sourceOfPieces(model, rule, specialsOf(rule, settings)), settings, false);
}

/** A SentencePiece model whose class adds nothing of its own. */
async function fromPieces(folder: string, files: ReadonlySet<string>, given: Settings): Promise<Plan> {
  if (!files.has('tokenizer.model')) throw none(folder);
  const model = await readSentencePiece(join(folder, 'tokenizer.model'));
  const { settings, pieces } = settingsFor(model, given);
  const parts = pipelineOf(model, namesOf(model, given), given.legacy ?? true);
  const source = { path: model.path, vocab: parts.model.vocab, merges: [], postProcessor: null, pieces };
  return assemble(undefined, parts, { source, settings, specials: specialsOf(undefined, settings) }, false);
}

function none(folder: string, rule?: TokenizerClass): PumaError {
  const own = rule?.file === 'vocab.json' ? ['vocab.json with merges.txt'] : rule ? [rule.file] : ['tokenizer.model'];
  const message = `${folder} has no tokenizer.json, and no ${own[0]}${rule ? `, of which a ${rule.name} could be made` : ''}`;
  return tokenizerError(message, "Put the model's tokenizer files beside its weights.");
}
