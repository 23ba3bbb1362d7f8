/**
 * all-MiniLM-L6-v2 on sentences of SST-2, against transformers' BertModel. Puma computes the last layer for the first token only, because
 * only that is pooled. So these are compared:
 *
 *   layer.4   every row, with hidden_states[5]: what goes into the last layer
 *   layer.5   its one row, with the first row of last_hidden_state
 *   output    the pooled output, with pooler_output
 */
import { expect, test } from 'vitest';
import { queryFor } from '../../src/datasets/query.ts';
import { openModelTokenizer } from '../../src/loaders/open-model.ts';
import type { Query } from '../../src/models/query.ts';
import { inferPlain } from '../../src/plaintext/plain.ts';
import { countBytes } from '../../src/runtime/answers.ts';
import { type Clear, inTheClear, kernels, withModel } from '../slow/local-run.ts';
import { Distances, matrix, measuring, NO_DATA, real, reference } from './real.ts';

type Reference = { layers: number; cases: { text: string; input_ids: number[] }[] };
type Answer = { output: ArrayLike<number>; layers: ReadonlyMap<string, ArrayLike<number>> };

const measured = measuring('all-MiniLM-L6-v2');

/** Asks for every sentence: how far the answers are from transformers'. */
async function distances({ found, model }: Clear, folder: string, ask: (query: Query) => Promise<Answer>) {
  const tokenizer = await openModelTokenizer(found);
  const { layers, cases }: Reference = reference(folder);
  const width = model.outputs;
  const rows = (name: string) => {
    const all = matrix(folder, name);
    return (from: number, count: number) => all.subarray(from * width, (from + count) * width);
  };
  const [before, last, pooled] = [rows('before'), rows('last'), rows('pooled')];
  const apart = { before: new Distances(), last: new Distances(), pooled: new Distances() };
  let row = 0; // of the first token, in the matrices of all tokens
  for (const [i, { text, input_ids: ids }] of cases.entries()) {
    const query = queryFor(model, tokenizer, { text });
    expect(query.ids).toEqual(ids);
    const answer = await ask(query);
    apart.before.add(answer.layers.get(`layer.${layers - 2}`)!, before(row, ids.length));
    apart.last.add(answer.layers.get(`layer.${layers - 1}`)!, last(row, 1));
    apart.pooled.add(answer.output, pooled(i, 1));
    row += ids.length;
  }
  expect(cases.length).toBe(50);
  return apart;
}

function report(how: string, limit: number, apart: Awaited<ReturnType<typeof distances>>, took = {}): void {
  const names = {
    before: 'hidden states before the last layer, all tokens',
    last: 'last hidden state, first token',
    pooled: 'pooled output',
  };
  for (const part of ['before', 'last', 'pooled'] as const) {
    measured(`${how}: ${names[part]}`, limit, apart[part], took);
  }
}

test('in the clear: hidden states of 50 sentences are those of transformers', async ({ skip }) => {
  const { sentences } = real;
  if (!sentences) return skip(NO_DATA);
  await inTheClear(real.minilm, async (clear) => {
    report(
      'in the clear',
      1e-3,
      await distances(clear, sentences, (query) => inferPlain({ kernels, ...clear }, query)),
    );
  });
});

test('three parties: hidden states of 50 sentences are those of transformers', async ({ skip }) => {
  const { sentences } = real;
  if (!sentences) return skip(NO_DATA);
  await withModel(
    real.minilm,
    async ({ parties, ...clear }) => {
      const took = { seconds: 0, bytes: 0 }; // with every layer opened, which costs traffic
      const apart = await distances(clear, sentences, async (query) => {
        const answer = await parties.infer({ ...query, layers: true });
        took.seconds += answer.seconds;
        took.bytes += countBytes([answer]).total;
        return { output: answer.output, layers: new Map(answer.layers.map(({ name, data }) => [name, data])) };
      });
      report('three parties', 1e-2, apart, took);
    },
    { revealLayers: true },
  );
});
