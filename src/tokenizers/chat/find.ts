/** The chat template of a checkpoint: where transformers finds it. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { option, PumaError, words } from '../../errors.ts';
import { io } from '../../files/io.ts';
import { readJson } from '../../files/json.ts';
import { TOKENIZER_HINT } from '../json.ts';
import { check } from '../settings.ts';
import { readText } from '../text.ts';

/** `file`: where it stands, for messages. */
export type TemplateText = { file: string; text: string };

const Named = z.array(z.looseObject({ name: z.string(), template: z.string() }));
const Config = z.looseObject({
  chat_template: z.union([z.string(), Named, z.record(z.string(), z.string())]).nullish(),
});

const JINJA = 'chat_template.jinja';
const MORE = 'additional_chat_templates';
/** Older than the other files, and of processors: transformers' tokenizers do not read it, so it comes last. */
const LEGACY = 'chat_template.json';

/**
 * Reads the default template: chat_template.jinja, before what tokenizer_config.json says. Any file of templates has those of
 * tokenizer_config.json forgotten, as in transformers. Throws E_CHAT where there is none.
 */
export async function findTemplate(folder: string): Promise<TemplateText> {
  const files = new Set(await io('read', folder, () => readdir(folder)));
  const path = (name: string) => join(folder, name);
  if (files.has(JINJA)) return { file: path(JINJA), text: await readText(path(JINJA)) };
  if (files.has(MORE)) {
    const others = (await io('read', path(MORE), () => readdir(path(MORE)))).filter((name) => name.endsWith('.jinja'));
    if (others.includes('default.jinja')) {
      const file = join(folder, MORE, 'default.jinja');
      return { file, text: await readText(file) };
    }
    if (others.length > 0) throw noDefault(path(MORE), others);
  }
  for (const name of ['tokenizer_config.json', LEGACY]) {
    const text = files.has(name) ? await inConfig(path(name)) : undefined;
    if (text !== undefined) return { file: path(name), text };
  }
  throw none(`${folder} has no chat template`);
}

async function inConfig(path: string): Promise<string | undefined> {
  const { chat_template: found } = check(Config, await readJson(path, 'E_TOKENIZER', TOKENIZER_HINT), path);
  if (found === undefined || found === null || typeof found === 'string') return found ?? undefined;
  const named = new Map(
    Array.isArray(found) ? found.map(({ name, template }) => [name, template]) : Object.entries(found),
  );
  const text = named.get('default');
  if (text === undefined) throw noDefault(path, [...named.keys()]);
  return text;
}

const noDefault = (where: string, names: readonly string[]): PumaError =>
  none(`${where} has chat templates, and none of them is the default: ${names.join(', ')}`);

export const none = (message: string): PumaError =>
  new PumaError('E_CHAT', message, words`Write the whole text yourself: ${option('prompt', undefined, 'generate')}.`);
