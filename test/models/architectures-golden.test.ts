/** Logits and hidden states of transformers (scripts/golden/architectures.py), against the plain interpreter. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { projectRoot } from '../../src/files/root.ts';
import { loadKernels } from '../../src/kernels/index.ts';
import { openCheckpoint } from '../../src/loaders/checkpoint.ts';
import { keysOf, modelFor } from '../../src/models/index.ts';
import { newPast } from '../../src/models/model.ts';
import { plannedWeights } from '../../src/models/weights.ts';
import { hotInput, maskInput, type PlainValue, plainOps } from '../../src/ops/plain.ts';
import { distance } from './run.ts';

type Row = { first: number[]; last: number[] };
type Golden = {
  model: string;
  input_ids: number[];
  attention_mask?: number[];
  logits?: number[];
  pooled?: number[];
  hidden: Row[];
};

const GOLDEN = join(projectRoot(), 'test/golden');
const { cases, keys } = JSON.parse(readFileSync(join(GOLDEN, 'architectures.json'), 'utf8')) as {
  cases: Golden[];
  keys: Record<string, string[]>;
};
const TOLERANCE = 2e-5;

async function open(name: string) {
  const checkpoint = await openCheckpoint(join(GOLDEN, 'models', name));
  const model = modelFor(checkpoint.config);
  const weights = plannedWeights(model.plan(checkpoint.names), checkpoint.read);
  const taps = new Map<string, PlainValue>();
  const ops = plainOps(loadKernels(), weights, { onTap: (tap, value) => void taps.set(tap, value) });
  const rows = (ids: readonly number[], from = 0) =>
    hotInput(
      model.hotRows(
        ids,
        ids.map(() => 0),
        from,
      ),
    );
  return { model, ops, rows, taps, close: () => checkpoint.close() };
}

/** Relative to the largest of `want`. */
function off(found: ArrayLike<number>, want: readonly number[]): number {
  return distance(found, want) / Math.max(1, ...want.map(Math.abs));
}

/** GPT-NeoX's residual is shared without its mean: its first values alone do not tell that. */
const shown = (name: string) => !name.startsWith('gpt-neox');

/** Beyond the 12 tokens that it was trained on, Phi-3 turns all keys anew. */
const turnsAnew = ({ model, input_ids: ids }: Golden) => model === 'phi3-longrope' && ids.length > 12;

test('Phi-3 does not grow beyond the length that it was trained on', async () => {
  const { model, close } = await open('phi3-longrope');
  expect(model.hotRows([5], [], 11).hot).toEqual([[5]]);
  expect(() => model.hotRows([5], [], 12)).toThrow('the text grows beyond 12 tokens, where Phi-3 begins to read');
  expect(model.hotRows([5], [], 13).hot).toEqual([[5]]);
  await close();
});

describe.each(cases)('$model, tokens $input_ids', (golden) => {
  const { model: name, input_ids: ids, attention_mask: mask } = golden;
  const want = golden.logits ?? golden.pooled!;

  test('at once: output and hidden states', async () => {
    const { model, ops, rows, taps, close } = await open(name);
    const padding = mask ? { mask: maskInput(mask) } : {};
    const out = await model.forward(ops, { tokens: ids.length, rows: rows(ids), every: true, ...padding });
    await close();
    const last = golden.pooled ? out.data.slice(0, want.length) : out.data.slice(-model.outputs);
    expect(off(last, want)).toBeLessThan(TOLERANCE);
    if (!shown(name)) return;
    golden.hidden.slice(0, -1).forEach(({ first, last }, i) => {
      const { shape, data } = taps.get(i === 0 ? 'embeddings' : `layer.${i - 1}`)!;
      expect(off(data.slice(0, first.length), first)).toBeLessThan(TOLERANCE);
      if (mask) return; // in transformers padding has a position of its own: its rows differ, and count for nothing
      const from = (shape[0] - 1) * shape[1];
      expect(off(data.slice(from, from + last.length), last)).toBeLessThan(TOLERANCE);
    });
  });

  test.skipIf(golden.pooled || mask || turnsAnew(golden))('token after token', async () => {
    const { model, ops, rows, close } = await open(name);
    if (!model.head.continues) return close();
    const last = await model.forward(ops, { tokens: ids.length, rows: rows(ids) });
    expect(last.shape).toEqual([1, model.outputs]);
    expect(off(last.data, want)).toBeLessThan(TOLERANCE);
    const past = newPast<PlainValue>(model);
    let out = last;
    for (const [from, id] of ids.entries()) {
      out = await model.forward(ops, { tokens: 1, rows: rows([id], from), past });
    }
    await close();
    expect(off(out.data, want)).toBeLessThan(TOLERANCE);
  });
});

test.each(Object.entries(keys))('every key of the configuration of %s has its place in a table', (family, all) => {
  const known = keysOf(family);
  expect(all.filter((key) => !known.some((table) => Object.hasOwn(table, key)))).toEqual([]);
});
