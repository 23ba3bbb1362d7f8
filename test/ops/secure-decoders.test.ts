/** Models that generate, at three parties in this process, against the plain interpreter. */
import { expect, test } from 'vitest';
import { loadRegistry } from '../../src/loaders/registry.ts';
import type { ModelRing } from '../../src/rings/schema.ts';
import { sample } from '../cases.ts';
import { worst } from '../mpc/numbers.ts';
import { clearly, golden, RING, securely } from './secure-bert.ts';

const IDS = [7, 1, 30, 11, 12, 12, 9, 22];

async function compared(name: string, ring: ModelRing, bound: number): Promise<void> {
  const model = await golden(name);
  const [clear, { taps }] = [await clearly(model, { ids: IDS }), await securely(model, { ids: IDS }, { ring })];
  expect([...taps.keys()]).toEqual([...clear.keys()]);
  for (const [tap, want] of clear) {
    const scale = Math.max(1, ...want.map(Math.abs));
    expect(worst(taps.get(tap)!, want) / scale, tap).toBeLessThan(bound);
  }
}

const SOME = ['gpt2-untied', 'gpt2-relu', 'llama-llama3', 'llama-head-dim', 'qwen2', 'roberta-three-labels'];
const MORE = [
  ...['gpt2-tied', 'gpt2-inverse-layer', 'llama-grouped', 'llama-one-key-head', 'llama-attention-bias', 'mistral'],
];

test.each(sample(SOME, [...SOME, ...MORE]))('%s: every layer is near the plain interpreter’s', async (name) => {
  await compared(name, RING, 0.005);
});

/** Rings that the registry gives large models, and a residual stream with more fractional bits than norms take, or fewer. */
const OTHERS: [what: string, name: string, ring: ModelRing, bound: number][] = [
  ['LLaMA’s small rings', 'llama-grouped', loadRegistry().models.get('llama-7b')!.ring, 0.05],
  ['GPT-2’s', 'gpt2-tied', loadRegistry().models.get('gpt2')!.ring, 0.005],
  ['a fine stream', 'llama-grouped', { ...RING, residual: { frac: 24 }, table: { bits: 40, frac: 24 } }, 0.005],
  ['a coarse stream', 'llama-grouped', { ...RING, residual: { frac: 14 }, table: { bits: 32, frac: 14 } }, 0.05],
  ['a fine stream, LayerNorm', 'bare-relu', { ...RING, residual: { frac: 22 }, table: { bits: 40, frac: 22 } }, 0.005],
  [
    'places with rings of their own',
    'gpt2-tied',
    {
      ...RING,
      sites: {
        ...{ down: { bits: 60, results: 22 }, 'layer.0.query': { bits: 40, input: 14, weight: 14 } },
        ...{ 'attention.scores': { integers: 11 }, 'layer.1.up.activation': { integers: 16 } },
      },
    },
    0.005,
  ],
];

test.each(OTHERS)('%s: every layer is near the plain interpreter’s', async (_, name, ring, bound) => {
  await compared(name, ring, bound);
});
