/** What is counted without running a model, against three parties that run it. */
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { cost } from '../../src/cost/cost.ts';
import { projectRoot } from '../../src/files/root.ts';
import { withTempFolder } from '../../src/files/temp.ts';
import { readModelConfig } from '../../src/loaders/open-model.ts';
import { loadRegistry } from '../../src/loaders/registry.ts';
import { resolveModel } from '../../src/loaders/resolve.ts';
import { modelFor } from '../../src/models/index.ts';
import type { Query } from '../../src/models/query.ts';
import { countBytes } from '../../src/runtime/answers.ts';
import type { Answer } from '../../src/runtime/client.ts';
import { following } from '../../src/runtime/generate.ts';
import { shareWeights } from '../../src/shares/share-model.ts';
import { kindEntries } from '../../src/work/kinds.ts';
import { sample } from '../cases.ts';
import { kernels, serving } from '../runtime/serving.ts';

type Size = { tokens: number; newTokens?: number; padded?: boolean; reveal?: 'logits'; check?: boolean };

const golden = (name: string) => join(projectRoot(), 'test/golden/models', name);

/** The answers of three real parties, to ids that differ from those that the count is made for. */
async function answered(name: string, { tokens, newTokens = 1, padded = false, reveal, check = false }: Size) {
  const found = await resolveModel(name);
  const model = modelFor(await readModelConfig(found));
  return withTempFolder(async (folder) => {
    const out = join(folder, 'shares');
    const { ring } = await shareWeights({ model: found, out, kernels, reveal: 'logits' }); // fitted to the weights
    const { client, ended } = await serving(model, out, ring);
    const ids = Array.from({ length: tokens }, (_, i) => (7 * i + 3) % model.vocabularySize);
    const mask = ids.map((_, i) => (i < tokens / 2 ? 1 : 0));
    const answers: Answer[] = [];
    let query: Query = {
      ids,
      types: ids.map(() => 0),
      ...(padded ? { mask } : {}),
      ...(reveal ? { reveal } : {}),
      check,
    };
    for (let i = 0; i < newTokens; i++) {
      answers.push(await client.infer(query));
      query = following(query, 5);
    }
    await client.close();
    expect(await Promise.all(ended)).toEqual([undefined, undefined, undefined]);
    return { model, ring, answers };
  });
}

describe('the cost is that of a real run, to the byte', () => {
  const some: [string, Size][] = [
    ['bert-tiny-sst2', { tokens: 11, padded: true }],
    [golden('gpt2-tied'), { tokens: 4, newTokens: 3, padded: true }],
    [golden('gpt2-tied'), { tokens: 3, newTokens: 2, reveal: 'logits' }],
    [golden('llama-grouped'), { tokens: 6, newTokens: 3 }],
    ['bert-tiny-sst2', { tokens: 5, check: true }],
  ];
  const more: [string, Size][] = [
    ['bert-tiny-sst2', { tokens: 11 }],
    [golden('gpt2-tied'), { tokens: 5, newTokens: 3 }],
    [golden('llama-grouped'), { tokens: 1 }],
    ['llama-tiny-shakespeare', { tokens: 4, newTokens: 2, check: true }],
  ];

  test.each(sample(some, [...some, ...more]))('%s, %o', async (name, size) => {
    const { model, ring, answers } = await answered(name, size);
    const counted = await cost({ model, ring, ...size });
    expect(counted.bytes).toEqual(countBytes(answers));
    expect(counted.rounds).toBe(answers.reduce((n, { rounds }) => n + rounds, 0));
    expect(counted.steps).toHaveLength(answers.length);
    answers.forEach((answer, i) => {
      const { bytes, rounds, kinds } = counted.steps[i]!;
      expect({ bytes, rounds }).toEqual({ bytes: countBytes([answer]), rounds: answer.rounds });
      for (const [kind, { sentBy, rounds }] of kindEntries(kinds)) {
        const spent = answer.reports.map((report) => report.spent[kind] ?? { sent: 0, rounds: 0 });
        expect(sentBy, kind).toEqual(spent.map(({ sent }) => sent));
        expect(rounds, kind).toBe(Math.max(...spent.map((each) => each.rounds)));
      }
    });
  });
});

describe('what is counted', () => {
  const entry = loadRegistry().models.get('bert-base-uncased')!;
  const bert = (tokens: number) => cost({ model: modelFor(entry.config), ring: entry.ring, tokens });

  test('multiply-adds are three times those in the clear, five times in attention', async () => {
    const tokens = 4;
    const { hidden, layers, intermediate } = entry.sizes;
    const model = modelFor(entry.config);
    const layer = (rows: number) => 2 * tokens * hidden ** 2 + 2 * rows * (hidden ** 2 + hidden * intermediate);
    const attention = (rows: number) => 2 * rows * tokens * hidden;
    // of the last layer, only the first token is read; and by the pooler
    const weighed = tokens * model.rowWidth * hidden + (layers - 1) * layer(tokens) + layer(1) + hidden ** 2;
    const attended = (layers - 1) * attention(tokens) + attention(1);
    const { multiplyAdds } = await bert(tokens);
    expect(multiplyAdds / (3 * weighed + 5 * attended)).toBeCloseTo(1, 4);
  });

  test('a progress bar hears of every value, and can be stopped', async () => {
    const heard: string[] = [];
    const options = { model: modelFor(entry.config), ring: entry.ring, tokens: 2 };
    await cost({ ...options, onProgress: (name) => heard.push(name) });
    expect(heard.slice(0, 3)).toEqual(['embeddings', 'layer.0', 'layer.1']);
    const stop = new AbortController();
    const onProgress = (name: string) => name === 'layer.1' && stop.abort(new Error('enough'));
    await expect(cost({ ...options, onProgress, signal: stop.signal })).rejects.toThrow('enough');
  });
});
