import { join } from 'node:path';
import { z } from 'zod';
import { readSmall } from '../../files/io.ts';
import { readJson, utf8 } from '../../files/json.ts';
import { type Merge, TOKENIZER_HINT, tokenizerError } from '../json.ts';
import { check } from '../settings.ts';
import { Id } from '../token-schema.ts';

const TEXT_LIMIT = 100_000_000;

/** Reads vocab.txt, one token a line, numbered from 0. Of a token that is there twice the later number counts. */
export async function readVocabulary(path: string): Promise<Record<string, number>> {
  const lines = await linesIn(path);
  if (lines.length === 0) throw tokenizerError(`${path} is empty`);
  return Object.fromEntries(lines.map((line, id) => [line.replace(/\p{White_Space}+$/u, ''), id]));
}

/** Reads vocab.json and merges.txt. */
export async function readPairs(folder: string): Promise<{ vocab: Record<string, number>; merges: Merge[] }> {
  const path = join(folder, 'vocab.json');
  const vocab = check(z.record(z.string(), Id), await readJson(path, 'E_TOKENIZER', TOKENIZER_HINT), path);
  return { vocab, merges: await readMerges(join(folder, 'merges.txt'), vocab) };
}

/** One merge a line, after a line with the version. */
async function readMerges(path: string, vocab: Record<string, number>): Promise<Merge[]> {
  const merges: Merge[] = [];
  for (const [i, line] of (await linesIn(path)).entries()) {
    if (line.startsWith('#version')) continue;
    const [left, right, more] = line.split(' ');
    if (left === undefined || right === undefined || more !== undefined)
      throw tokenizerError(`${path}: line ${i + 1} is not two tokens`);
    for (const token of [left, right, left + right]) {
      if (!Object.hasOwn(vocab, token)) {
        throw tokenizerError(
          `${path}: the vocabulary has no token ${JSON.stringify(token)}, which line ${i + 1} names`,
        );
      }
    }
    merges.push([left, right]);
  }
  return merges;
}

async function linesIn(path: string): Promise<string[]> {
  const text = utf8(await readSmall(path, TEXT_LIMIT));
  if (text === undefined) throw tokenizerError(`${path} is not UTF-8 text`);
  const lines = text.split(/\r?\n/);
  if (lines.at(-1) === '') lines.pop();
  return lines;
}
