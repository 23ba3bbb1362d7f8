import { describe, expect, test } from 'vitest';
import type { Query } from '../../src/models/query.ts';
import type { Answer } from '../../src/runtime/client.ts';
import { following, type GenerateOptions, generate } from '../../src/runtime/generate.ts';

const PROMPT: Query = { ids: [5, 6, 7], types: [0, 0, 0] };
const report = { rounds: 3, peakRssBytes: 1, traffic: { 1: { sent: 10, received: 20 } }, spent: {}, opened: [] };

/** Parties whose next token is the number of tokens they have been shown; of logits, the largest is there. */
async function run(prompt: Query, options: GenerateOptions) {
  const asked: Query[] = [];
  const infer = async (query: Query): Promise<Answer> => {
    asked.push(query);
    const seen = (query.from ?? 0) + query.ids.length;
    const output =
      query.reveal === 'logits'
        ? Float64Array.from({ length: 20 }, (_, i) => (i === seen ? 1 : 0))
        : Float64Array.of(seen);
    return { output, layers: [], rounds: 3, seconds: 0.5, reports: [report, report, report] };
  };
  const tokens = [];
  for await (const token of generate(infer, prompt, options)) tokens.push(token);
  return { asked, tokens, ids: tokens.map(({ id }) => id) };
}

describe('token after token', () => {
  test('only what is new is asked', async () => {
    const { asked, ids } = await run(PROMPT, { maxNewTokens: 3 });
    expect(ids).toEqual([3, 4, 5]);
    expect(asked).toEqual([
      { ...PROMPT, reveal: 'token' },
      { ids: [3], types: [0], from: 3, position: 3, reveal: 'token' },
      { ids: [4], types: [0], from: 4, position: 4, reveal: 'token' },
    ]);
  });

  test('padded in front: positions are the text’s own, and the mask grows', async () => {
    const padded: Query = { ids: [0, 0, 5, 6], types: [0, 0, 0, 0], mask: [0, 0, 1, 1], position: -2 };
    const { asked } = await run(padded, { maxNewTokens: 3 });
    expect(asked.slice(1)).toEqual([
      { ids: [4], types: [0], from: 4, position: 2, mask: [0, 0, 1, 1, 1], reveal: 'token' },
      { ids: [5], types: [0], from: 5, position: 3, mask: [0, 0, 1, 1, 1, 1], reveal: 'token' },
    ]);
  });

  test.each<[string, GenerateOptions, number[]]>([
    ['an id that ends texts', { maxNewTokens: 9, eos: [8, 5] }, [3, 4, 5]],
    ['a reason of the caller’s', { maxNewTokens: 9, stop: (tokens) => tokens.length === 2 }, [3, 4]],
    ['one token', { maxNewTokens: 1 }, [3]],
    ['logits, and the likeliest', { maxNewTokens: 2, logits: true }, [3, 4]],
  ])('ends at %s', async (_, options, ids) => {
    expect((await run(PROMPT, options)).ids).toEqual(ids);
  });

  test('a token tells what it took; logits come with it when they are revealed', async () => {
    const [token] = (await run(PROMPT, { maxNewTokens: 1, logits: true })).tokens;
    expect(token).toMatchObject({ seconds: 0.5, rounds: 3 });
    expect(token!.logits).toHaveLength(20);
    expect((await run(PROMPT, { maxNewTokens: 1 })).tokens[0]!.logits).toBeUndefined();
  });

  test('a seed repeats a sample', async () => {
    const options = { maxNewTokens: 6, logits: true, sampling: { temperature: 5 }, seed: 7 };
    expect((await run(PROMPT, options)).ids).toEqual((await run(PROMPT, options)).ids);
  });
});

test('following keeps what is to be revealed', () => {
  expect(following({ ids: [1, 2], types: [0, 0], reveal: 'logits' }, 9)).toEqual({
    ids: [9],
    types: [0],
    from: 2,
    position: 2,
    reveal: 'logits',
  });
});
