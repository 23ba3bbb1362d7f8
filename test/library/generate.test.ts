/** `generate()` as people call it, alone or of parties that run. */
import { expect, test } from 'vitest';
import { generate } from '../../src/index.ts';
import { sample, thorough } from '../cases.ts';
import { GPT2, LLAMA, libraryWorld, partiesOf, read, withParties } from './library-world.ts';
import { picks } from './picks.ts';
import { plainTokens } from './plain-tokens.ts';

const here = libraryWorld({ llama: LLAMA });
const llama = partiesOf(here, () => ({ shares: here.at('llama') }));

const TOKENS = sample(3, 6);

const prompts: [model: string, prompt: string][] = [
  [LLAMA, 'ROMEO:\nWhat'],
  [GPT2, 'JULIET:\nO'],
];

test.each(sample(prompts.slice(0, 1), prompts))('%s: the tokens of the model in the clear', async (model, prompt) => {
  const { ids, text, pieces } = await read(generate({ model, prompt, maxNewTokens: TOKENS }));
  const plain = await plainTokens(model, prompt, TOKENS);
  expect({ ids, text }).toEqual(plain);
  for (const { seconds, bytes, rounds, logits } of pieces) {
    expect(seconds).toBeGreaterThan(0);
    expect(bytes.total).toBe(bytes.dealer + bytes.online + bytes.client);
    expect(rounds).toBeGreaterThan(100);
    expect(logits).toBeUndefined();
  }
});

thorough('by parties that run: the same, padded or not; sampled, with logits to choose from', async () => {
  await withParties({ model: LLAMA }, async (parties) => {
    const [prompt, n] = ['ROMEO:\nWhat', sample(2, 4)];
    const { ids } = await plainTokens(LLAMA, prompt, n);
    expect((await read(generate({ parties, prompt, maxNewTokens: n, padTo: 12 }))).ids).toEqual(ids);
    const tokens = parties.tokenize(prompt);
    const common = { ids: tokens, maxNewTokens: n, reveal: 'logits', temperature: 0.9, seed: 5 } as const;
    const sampled = await read(parties.generate({ ...common, topK: 50, topP: 0.95 }));
    expect(sampled.ids).toEqual(
      picks(
        sampled.pieces.map(({ logits }) => logits!),
        { temperature: 0.9, topK: 50, topP: 0.95 },
        5,
      ),
    );
    expect(sampled.pieces.map(({ logits }) => logits!.length)).toEqual(Array(n).fill(1024));
    expect((await read(parties.generate({ ...common, topK: 1 }))).ids).toEqual(ids);
  });
});

test('a text ends at a stop text, at an id, or where the loop is left; then the next may begin', async () => {
  const parties = llama();
  const prompt = 'ROMEO:\nWhat';
  const plain = await plainTokens(LLAMA, prompt, 6);
  const word = plain.text.slice(2, 4);
  const stopped = await read(parties.generate({ prompt, maxNewTokens: 6, stop: [word] }));
  expect(stopped.text).toBe(plain.text.slice(0, plain.text.indexOf(word)));
  const ended = await read(parties.generate({ prompt, eos: [plain.ids[1]!] }));
  expect(ended.ids).toEqual(plain.ids.slice(0, 2));
  for await (const { id } of parties.generate({ prompt })) {
    expect(id).toBe(plain.ids[0]);
    break;
  }
  expect((await read(parties.generate({ prompt, maxNewTokens: 1 }))).ids).toEqual(plain.ids.slice(0, 1));
});

test('who asks while a text is written waits, inside its loop too: the text is then written to its end', async () => {
  const parties = llama();
  const prompt = 'ROMEO:\nWhat';
  const { ids } = await plainTokens(LLAMA, prompt, 4);
  const written: number[] = [];
  for await (const { id } of parties.generate({ prompt, maxNewTokens: 4 })) {
    if (written.push(id) > 1) continue;
    const inner = await Promise.all([1, 2].map((n) => read(parties.generate({ prompt, maxNewTokens: n }))));
    expect(inner.map((text) => text.ids)).toEqual([ids.slice(0, 1), ids.slice(0, 2)]);
  }
  expect(written).toEqual(ids);
});

test('logits are opened only if the model owner permits it', async () => {
  const parties = llama();
  await expect(read(parties.generate({ prompt: 'O', reveal: 'logits' }))).rejects.toMatchObject({
    code: 'E_REVEAL',
    message: 'these shares permit the next token only, no logits',
    hint: "Leave out reveal, or have the model owner share the weights with reveal: 'logits'.",
  });
  expect((await read(parties.generate({ prompt: 'O', maxNewTokens: 1 }))).ids).toHaveLength(1);
});
