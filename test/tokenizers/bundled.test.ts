/** The tokenizers of the bundled language models, against transformers' (scripts/golden/byte_bpe.py). */
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { projectRoot } from '../../src/files/root.ts';
import { openTokenizer } from '../../src/tokenizers/open.ts';

type Encoded = { tokenizer: string; text: string; input_ids: number[] };
type Decoded = { tokenizer: string; ids: number[]; decoded: string };

const { cases }: { cases: (Encoded | Decoded)[] } = JSON.parse(
  await readFile(join(projectRoot(), 'test/golden/byte-bpe.json'), 'utf8'),
);
const folderOf = (name: string) => join(projectRoot(), 'models', name);
const of = (name: string) => cases.filter(({ tokenizer }) => tokenizer === name);

describe.each(['gpt2-tiny-shakespeare', 'llama-tiny-shakespeare'])('%s', (name) => {
  test('texts and ids', async () => {
    const tokenizer = await openTokenizer(folderOf(name));
    for (const found of of(name)) {
      if ('text' in found)
        expect(tokenizer.encode(found.text).ids, JSON.stringify(found.text)).toEqual(found.input_ids);
      else expect(tokenizer.decode(found.ids), String(found.ids)).toBe(found.decoded);
    }
    expect(of(name).length).toBeGreaterThan(90);
  });
});

test('vocab.json and merges.txt say the same as tokenizer.json', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'puma-test-'));
  for (const file of ['config.json', 'vocab.json', 'merges.txt']) {
    await cp(join(folderOf('gpt2-tiny-shakespeare'), file), join(folder, file));
  }
  const tokenizer = await openTokenizer(folder);
  for (const found of of('gpt2-tiny-shakespeare')) {
    if ('text' in found) expect(tokenizer.encode(found.text).ids, JSON.stringify(found.text)).toEqual(found.input_ids);
  }
  await rm(folder, { recursive: true });
});
