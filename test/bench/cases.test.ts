import { describe, expect, test } from 'vitest';
import { caseFor, PAPER, queryOf } from '../../src/bench/cases.ts';
import { publishedFor } from '../../src/bench/published.ts';
import { freeNow, needOf, whyNoRoom } from '../../src/bench/room.ts';
import { resolveModel } from '../../src/loaders/resolve.ts';
import { modelFor } from '../../src/models/index.ts';

async function synthetic(name: string, layers?: number) {
  const model = await resolveModel(`synthetic:${name}`, { layers });
  return { model, program: modelFor(model.synthetic!) };
}

describe('cases', () => {
  test('all cases of the paper are those of a known model, and have its figures beside them', async () => {
    for (const { model, cases } of PAPER) {
      const name = model.replace('synthetic:', '');
      const { program } = await synthetic(name);
      for (const asked of cases) {
        expect(caseFor(name, program, asked.newTokens === 0 ? { tokens: asked.tokens } : asked)).toEqual(asked);
        expect(publishedFor(name, asked.tokens, asked.newTokens)).toContainEqual(
          expect.objectContaining({ system: 'PUMA' }),
        );
      }
    }
  });

  test.each([
    ['bert-base-uncased', {}, { tokens: 128, newTokens: 0 }],
    ['bert-base-uncased', { tokens: 512 }, { tokens: 512, newTokens: 0 }],
    ['gpt2', {}, { tokens: 32, newTokens: 1 }],
    ['gpt2', { newTokens: 1020 }, { tokens: 5, newTokens: 1020 }],
    ['gpt2', { tokens: 1024 }, { tokens: 1024, newTokens: 1 }],
  ])('%s %j: %j', async (name, want, asked) => {
    expect(caseFor(name, (await synthetic(name)).program, want)).toEqual(asked);
  });

  test.each([
    ['bert-base-uncased', { newTokens: 1 }, 'E_OPTION', 'bert-base-uncased does not generate: it has no new tokens'],
    ['bert-base-uncased', { tokens: 513 }, 'E_LENGTH', 'the text has 513 tokens; bert-base-uncased takes 512'],
    [
      'gpt2',
      { tokens: 1000, newTokens: 26 },
      'E_LENGTH',
      'the text has 1000 tokens, and 26 are to follow; gpt2 takes 1024',
    ],
    ['gpt2', { newTokens: 2000 }, 'E_LENGTH', 'the text has 1 tokens, and 2000 are to follow; gpt2 takes 1024'],
  ])('%s %j is refused', async (name, want, code, message) => {
    const { program } = await synthetic(name);
    expect(() => caseFor(name, program, want)).toThrow(expect.objectContaining({ code, message }));
  });

  test('a text is the same in every run, and spread over the vocabulary', async () => {
    const { program } = await synthetic('gpt2');
    const { ids } = queryOf(program, { tokens: 1000, newTokens: 1 });
    expect(queryOf(program, { tokens: 1000, newTokens: 1 }).ids).toEqual(ids);
    expect(new Set(ids).size).toBeGreaterThan(950);
    expect(Math.min(...ids)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...ids)).toBeLessThan(50257);
    const quarters = [0, 1, 2, 3].map((q) => ids.filter((id) => Math.floor((4 * id) / 50257) === q).length);
    for (const share of quarters) expect(share).toBeGreaterThan(150);
  });
});

describe('room', () => {
  const plenty = { disk: 1e15, memory: 1e15 };

  test.each([
    ['llama-7b', { disk: 20e9 }, 'needs 35 GB of disk, 20 GB are free'],
    ['llama-7b', { memory: 0.5e9 }, 'needs 1.2 GB of memory, 0.5 GB are free'],
    ['bert-base-uncased', { disk: 0.1e9 }, 'needs 0.7 GB of disk, 0.1 GB are free'],
    ['bert-base-uncased', {}, undefined],
  ])('%s with %j', async (name, free, why) => {
    const { model, program } = await synthetic(name);
    expect(whyNoRoom(needOf(program, model.ring, 8), { ...plenty, ...free })).toBe(why);
  });

  test('the text takes memory too', async () => {
    const { model, program } = await synthetic('gpt2');
    const [short, long] = [needOf(program, model.ring, 32), needOf(program, model.ring, 1024)];
    expect(long.disk).toBe(short.disk);
    expect(long.memory).toBeGreaterThan(short.memory);
  });

  test('this machine has some', async () => {
    const { disk, memory } = await freeNow();
    expect(disk).toBeGreaterThan(0);
    expect(memory).toBeGreaterThan(0);
  });
});
