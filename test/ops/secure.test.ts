import { describe, expect, test } from 'vitest';
import { worst } from '../mpc/numbers.ts';
import { clearly, type Query, securely, sentence, tinyBert } from './secure-bert.ts';

const CASES: [string, Parameters<typeof tinyBert>[0], Query][] = [
  ['a sentence', {}, { ids: sentence(11, 1) }],
  ['one token', { num_hidden_layers: 1 }, { ids: [3] }],
  ['a pair, erf GeLU', { hidden_act: 'gelu' }, { ids: sentence(7, 2), types: [0, 0, 0, 0, 1, 1, 1] }],
  [
    'padded, the mask shared, ReLU',
    { hidden_act: 'relu' },
    { ids: [...sentence(5, 3), 0, 0, 0], mask: [1, 1, 1, 1, 1, 0, 0, 0] },
  ],
  ['the encoder alone, SiLU', { architectures: ['BertModel'], hidden_act: 'silu' }, { ids: sentence(6, 8) }],
];

describe.each(CASES)('BERT, %s', (_, change, query) => {
  test('every layer is near the plain interpreter’s', async () => {
    const bert = tinyBert(change);
    const [clear, { taps }] = [await clearly(bert, query), await securely(bert, query)];
    expect([...taps.keys()]).toEqual([...clear.keys()]);
    for (const [name, want] of clear) expect(worst(taps.get(name)!, want), name).toBeLessThan(0.003);
  });
});
