/** Ordinary texts of ordinary models: a range check gives no false alarm. Three real parties. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { infer, startParties } from '../../src/index.ts';
import { shared } from './local-run.ts';

/** Lines of a file of data, spread over it. */
function linesOf(count: number, textOf: (line: string) => string, ...path: string[]): string[] {
  const lines = readFileSync(shared('data', ...path), 'utf8')
    .split('\n')
    .slice(1)
    .map(textOf)
    .filter((text) => text.trim() !== '');
  const every = Math.floor(lines.length / count);
  return Array.from({ length: count }, (_, i) => lines[i * every]!);
}

const sentences = (count: number) => linesOf(count, (line) => line.split('\t')[0]!, 'sst2', 'dev.tsv');
const verses = (count: number) => linesOf(count, (line) => line.slice(0, 40), 'tinyshakespeare', 'input.txt');

// An alarm withholds the answer: then the call throws E_OVERFLOW
test('100 sentences, BERT', async () => {
  const model = 'bert-tiny-sst2';
  const [text] = sentences(1);
  const unchecked = await infer({ model, text: text!, checkRanges: false });
  const parties = await startParties({ model, checkRanges: true });
  try {
    expect((await parties.infer({ text: text! })).bytes.total).toBeGreaterThan(unchecked.bytes.total); // checks do run
    for (const text of sentences(100))
      expect(await parties.infer({ text })).toMatchObject({ label: expect.stringMatching(/TIVE$/) });
  } finally {
    await parties.close();
  }
});

test.each(['gpt2-tiny-shakespeare', 'llama-tiny-shakespeare'])('100 beginnings, 2 tokens each, %s', async (model) => {
  const parties = await startParties({ model, checkRanges: true });
  try {
    for (const prompt of verses(100)) {
      let tokens = 0;
      for await (const _ of parties.generate({ prompt, maxNewTokens: 2 })) tokens++;
      expect(tokens).toBeGreaterThan(0);
    }
  } finally {
    await parties.close();
  }
});
