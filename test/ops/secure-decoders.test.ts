/** Models that generate, at three parties in this process, against the plain interpreter. */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openCheckpoint } from '../../src/loaders/checkpoint.ts';
import { projectRoot } from '../../src/loaders/registry.ts';
import { modelFor } from '../../src/models/index.ts';
import { plannedWeights } from '../../src/models/weights.ts';
import { worst } from '../mpc/numbers.ts';
import { clearly, securely } from './secure-bert.ts';

const IDS = [7, 1, 30, 11, 12, 12, 9, 22];

async function open(name: string) {
  const checkpoint = await openCheckpoint(join(projectRoot(), 'test/golden/models', name));
  const model = modelFor(checkpoint.config);
  const kept = plannedWeights(model.plan(checkpoint.names), checkpoint.read);
  for (const { name } of model.plan()) await kept.get(name); // the file can be closed
  await checkpoint.close();
  return { model, weights: kept };
}

test.each([
  'gpt2-tied',
  'gpt2-untied',
  'gpt2-inverse-layer',
  'gpt2-relu',
  'llama-grouped',
  'llama-one-key-head',
  'llama-attention-bias',
  'llama-llama3',
  'llama-head-dim',
  'mistral',
  'qwen2',
  'roberta-three-labels',
])('%s: every layer is near the plain interpreter’s', async (name) => {
  const model = await open(name);
  const [clear, { taps }] = [await clearly(model, { ids: IDS }), await securely(model, { ids: IDS })];
  expect([...taps.keys()]).toEqual([...clear.keys()]);
  for (const [tap, want] of clear) {
    const scale = Math.max(1, ...want.map(Math.abs));
    expect(worst(taps.get(tap)!, want) / scale, tap).toBeLessThan(0.005);
  }
});
