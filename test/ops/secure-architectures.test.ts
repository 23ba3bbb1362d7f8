/** Every further architecture, at three parties in this process, against the plain interpreter. */
import { expect, test } from 'vitest';
import { worst } from '../mpc/numbers.ts';
import { clearly, golden, RING, securely } from './secure-bert.ts';

const IDS = [7, 6, 30, 11, 12, 12, 9, 22];
const BOUND = 0.01;

const MODELS = [
  'distilbert',
  'distilbert-bare',
  'xlm-roberta',
  'electra',
  'mpnet',
  'qwen3',
  'gpt-neox',
  'phi3-longrope',
  'gemma3',
];

test.each(MODELS)('%s: every layer is near the plain interpreter’s', async (name) => {
  const model = await golden(name);
  const [clear, { taps }] = [await clearly(model, { ids: IDS }), await securely(model, { ids: IDS }, { ring: RING })];
  expect([...taps.keys()]).toEqual([...clear.keys()]);
  for (const [tap, want] of clear) {
    const scale = Math.max(1, ...want.map(Math.abs));
    expect(worst(taps.get(tap)!, want) / scale, tap).toBeLessThan(BOUND);
  }
});
