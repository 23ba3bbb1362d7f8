/** Logits, pooled outputs and hidden states of transformers (scripts/golden), against the plain interpreter. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { projectRoot } from '../../src/files/root.ts';
import { type Checkpoint, openCheckpoint } from '../../src/loaders/checkpoint.ts';
import { modelFor } from '../../src/models/index.ts';
import { distance, type Query, type Run, run } from './run.ts';

/** Of hidden states and the pooled output, the first values; of hidden states, the first and the last row. */
type Golden = {
  input_ids: number[];
  token_type_ids: number[];
  hidden: { first: number[]; last: number[] }[];
  /** Of a model that has one. */
  pooled?: number[];
  logits?: number[];
};

const GOLDEN = join(projectRoot(), 'test/golden');
const TOLERANCE = 1e-5; // a wrong form of GELU shows at 1e-4

const read = (file: string) => JSON.parse(readFileSync(join(GOLDEN, file), 'utf8'));

const open = new Map<string, Promise<Checkpoint>>();
afterAll(async () => {
  for (const checkpoint of open.values()) await (await checkpoint).close();
});

async function through(folder: string, query: Query): Promise<Run> {
  if (!open.has(folder)) open.set(folder, openCheckpoint(folder));
  const checkpoint = await open.get(folder)!;
  return run(modelFor(checkpoint.config), checkpoint.names, checkpoint.read, query);
}

/** The largest difference; every tap but the last layer's has all of its rows. */
function worst({ output, taps }: Run, golden: Golden): number {
  const { hidden, pooled, logits } = golden;
  const rows = golden.input_ids.length;
  const head = (values: Float32Array, expected: number[]) => distance(values.subarray(0, expected.length), expected);
  const distances = pooled ? [head(taps.get('pooler')!, pooled)] : [];
  if (logits) distances.push(distance(output, logits));
  hidden.forEach(({ first, last }, i) => {
    const tap = taps.get(i === 0 ? 'embeddings' : `layer.${i - 1}`)!;
    distances.push(head(tap, first));
    if (i < hidden.length - 1) distances.push(head(tap.subarray((tap.length / rows) * (rows - 1)), last));
  });
  expect(taps.size).toBe(hidden.length + (logits ? 2 : 1));
  return Math.max(...distances);
}

async function compare(folder: string, golden: Golden): Promise<void> {
  const { input_ids: ids, token_type_ids: types } = golden;
  const bare = await through(folder, { ids, types });
  expect(worst(bare, golden)).toBeLessThan(TOLERANCE);
}

describe('bert-tiny-sst2', () => {
  const { cases } = read('bert-tiny-sst2.json') as { cases: (Golden & { text: string; pair?: string })[] };
  const folder = join(projectRoot(), 'models/bert-tiny-sst2');

  test.each(cases)('$text $pair', (golden) => compare(folder, golden));

  test('padding behind a mask changes nothing', async () => {
    for (const golden of cases) {
      const padding = Array(Math.min(16, 128 - golden.input_ids.length)).fill(0);
      const query = {
        ids: [...golden.input_ids, ...padding],
        types: [...golden.token_type_ids, ...padding],
        mask: [...golden.input_ids.map(() => 1), ...padding],
      };
      expect(distance((await through(folder, query)).output, golden.logits!)).toBeLessThan(TOLERANCE);
    }
  });
});

describe('RoBERTa', () => {
  const { cases } = read('roberta.json') as { cases: (Golden & { model: string; attention_mask?: number[] })[] };
  test.each(cases)('$model, tokens $input_ids', async ({ model, attention_mask: mask, ...golden }) => {
    const { input_ids: ids } = golden;
    const run = await through(join(GOLDEN, 'models', model), { ids, ...(mask ? { mask } : {}) });
    // In transformers padding has a position of its own: its rows differ, and count for nothing
    const counted = mask ? { ...golden, hidden: golden.hidden.map(({ first }) => ({ first, last: [] })) } : golden;
    expect(worst(run, counted)).toBeLessThan(TOLERANCE);
  });
});

describe('variants', () => {
  const { cases } = read('variants.json') as { cases: (Golden & { model: string })[] };
  test.each(cases)('$model, tokens $input_ids', (golden) => compare(join(GOLDEN, 'models', golden.model), golden));
});
