/** `infer()` as people call it, alone or of parties that run. */
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { projectRoot } from '../../src/files/root.ts';
import { cost, infer, loadKernels } from '../../src/index.ts';
import { BERT, libraryWorld, partiesOf, TEXT, withParties } from './library-world.ts';

const here = libraryWorld({ bert: BERT, small: 'model' });
const { at } = here;
const bert = partiesOf(here, () => ({ shares: at('bert'), kernels: loadKernels() }));

describe('one call', () => {
  const seen: string[] = [];
  const steps = new Set<string>();
  let [bytes, all] = [0, 1];
  let answer: Awaited<ReturnType<typeof infer>>;
  beforeAll(async () => {
    answer = await infer({
      model: BERT,
      text: TEXT,
      onProgress({ what, done, total, name }) {
        steps.add(what);
        if (what === 'share') [bytes, all] = [done, total];
        if (what === 'compute' && name) seen.push(name);
      },
    });
  });

  test('the answer, at exactly the cost that was foretold', async () => {
    expect(answer.label).toBe('POSITIVE');
    expect(answer.scores!.NEGATIVE! + answer.scores!.POSITIVE!).toBeCloseTo(1, 12);
    const { bytes, rounds } = await cost({ model: BERT, tokens: bert().tokenize(TEXT).length });
    expect({ bytes: answer.bytes, rounds: answer.rounds }).toEqual({ bytes, rounds });
  });

  test('progress: the weights to their last byte, then every layer', () => {
    expect([...steps]).toEqual(['share', 'start', 'compute']);
    expect(bytes).toBe(all);
    expect(seen).toEqual(['embeddings', 'layer.0', 'layer.1', 'pooler', 'logits']);
  });
});

test('a model that embeds gives its pooled output', async () => {
  const answer = await infer({
    model: join(projectRoot(), 'test/golden/models/roberta-bare'),
    ids: [0, 7, 2],
  });
  expect(answer).toMatchObject({ label: null, scores: null });
  expect(answer.logits).toHaveLength(24);
});

describe('parties', () => {
  test('answer questions that are put at the same time, padded or not', async () => {
    const parties = bert();
    const texts = ['a masterpiece', 'awful', TEXT];
    const answers = await Promise.all(texts.map((text) => infer({ parties, text, padTo: 16 })));
    expect(answers.map(({ label }) => label)).toEqual(['POSITIVE', 'NEGATIVE', 'POSITIVE']);
    expect(new Set(answers.map(({ bytes }) => bytes.total)).size).toBe(1);
    expect(parties.model).toEqual({
      ...{ name: BERT, task: 'classify', labels: ['NEGATIVE', 'POSITIVE'] },
      ...{ maxTokens: 128, vocabularySize: 8000 },
    });
    const pair = await parties.infer({ text: 'a film', pair: 'awful' });
    const ids = await parties.infer({ ids: parties.tokenize('a film', 'awful') });
    expect(pair.bytes.total).toBe(ids.bytes.total);
  });

  test('without a tokenizer, ids are answered', async () => {
    await withParties({ shares: at('small') }, async (parties) => {
      expect((await parties.infer({ ids: [2, 5, 6, 3] })).label).toMatch(/^(posi|nega)tive$/);
      await expect(parties.infer({ text: 'a b' })).rejects.toMatchObject({
        code: 'E_TOKENIZER',
        message: 'model is given a text, and there is no tokenizer',
        hint: 'Give ids; or give startParties() the model, for its tokenizer.',
      });
      expect(() => parties.tokenize('a b')).toThrow('model is given a text, and there is no tokenizer');
    });
    await withParties({ shares: at('small'), model: at('model') }, async (parties) => {
      expect(parties.tokenize('a b')).toEqual([2, 5, 6, 3]);
    });
  });
});
