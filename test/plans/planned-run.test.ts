/** Models that the default rings hold with room to spare, or do not hold: planned, and then run by three parties. */
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { cost } from '../../src/cost/cost.ts';
import { differences } from '../../src/evaluate/differences.ts';
import { withTempFolder } from '../../src/files/temp.ts';
import { loadRegistry } from '../../src/loaders/registry.ts';
import type { Query } from '../../src/models/query.ts';
import { plannedWeights } from '../../src/models/weights.ts';
import { marginsOf } from '../../src/plaintext/margins.ts';
import { inferPlain } from '../../src/plaintext/plain.ts';
import { boundsOf } from '../../src/plaintext/ranges.ts';
import type { ModelRing } from '../../src/rings/schema.ts';
import { countBytes } from '../../src/runtime/answers.ts';
import { writeShares } from '../../src/shares/index.ts';
import { sample } from '../cases.ts';
import { kernels, serving } from '../runtime/serving.ts';
import { measureAll, planFor, type Scaled, type Scales, withScaled } from './planned.ts';

const IDS = [7, 1, 4, 11, 12];
const DEFAULT = loadRegistry().defaults.ring;

function queryOf({ model }: Scaled, padded: boolean): Query {
  const reveal = { reveal: model.head.reveals.compared };
  const mask = padded ? { mask: IDS.map((_, i) => (i < 3 ? 1 : 0)) } : {};
  return { ids: IDS, types: IDS.map(() => 0), ...reveal, ...mask };
}

/** The answer of three parties who compute in these rings. */
function answered({ model, config, plan, read }: Scaled, ring: ModelRing, query: Query) {
  return withTempFolder(async (folder) => {
    const out = join(folder, 'shares');
    const named = { name: 'scaled', architecture: model.architecture, config };
    await writeShares({ plan, read, model: named, ring, out, kernels, reveal: 'logits' });
    const { client, ended } = await serving(model, out, ring, { allowLayers: true });
    const answer = await client.infer(query);
    await client.close();
    expect(await Promise.all(ended)).toEqual([undefined, undefined, undefined]);
    return answer;
  });
}

/** How far each layer of the parties is from the one in the clear, in units of its largest value. */
async function errors(scaled: Scaled, ring: ModelRing, query: Query): Promise<Record<string, number>> {
  const weights = plannedWeights(scaled.plan, scaled.read);
  const plain = await inferPlain({ kernels, model: scaled.model, weights }, query);
  const { layers, output } = await answered(scaled, ring, { ...query, layers: true });
  const largest = (data: Float32Array) => Math.max(...data.map(Math.abs));
  const sizes = new Map([...plain.layers].map(([name, data]) => [name, largest(data)]));
  const size = (name: string) => Math.max(1e-3, sizes.get(name) ?? largest(plain.output));
  return Object.fromEntries(
    differences(plain, layers, output, 'output').map(({ name, max }) => [name, max / size(name)]),
  );
}

/** Whether the registry's default rings hold the model; whether the text is padded. */
type How = { held: boolean; padded?: boolean };

const CASES: [model: string, scales: Scales, how: How][] = [
  ['bf16-three-labels', [], { held: true, padded: true }],
  ['roberta-three-labels', [], { held: true }],
  ['gpt2-tied', [[/w[tp]e/, 1e-3]], { held: true }],
  ['llama-grouped', [], { held: true, padded: true }],
  ['qwen2', [], { held: true }],
  ['bf16-three-labels', [[/output\.LayerNorm\.weight/, 300]], { held: false }],
  ['bf16-three-labels', [[/embeddings.*weight/, 1e-4]], { held: false }],
  ['gpt2-tied', [[/h\.1\.mlp\.c_proj/, 1e5]], { held: false }],
  ['llama-grouped', [[/layers\.1\.mlp\.gate_proj/, 5000]], { held: false, padded: true }],
  ['llama-grouped', [[/layers\.1\.self_attn\.q_proj/, 5000]], { held: false }],
];
const MORE: typeof CASES = [
  ['bf16-three-labels', [], { held: true }],
  ['bare-relu', [], { held: true }],
  ['gpt2-tied', [], { held: true, padded: true }],
  ['gpt2-relu', [], { held: true }],
  ['llama-grouped', [], { held: true }],
  ['bf16-three-labels', [[/layer\.0\.intermediate\.dense/, 5000]], { held: false }],
  ['gpt2-tied', [[/h\.0\.mlp\.c_fc/, 5000]], { held: false }],
  ['llama-grouped', [[/layers\.0\.self_attn\.v_proj/, 5e4]], { held: false }],
  ['llama-grouped', [[/layers\.0\.mlp\.down_proj/, 1e6]], { held: false }],
];

test.each(sample(CASES, [...CASES, ...MORE]))('%s, %o: %o', async (name, scales, { held, padded = false }) => {
  await withScaled(name, scales, async (scaled) => {
    const { model, ring } = scaled;
    const query = queryOf(scaled, padded);
    const measured = await measureAll(scaled, [query]);
    expect(marginsOf(measured, await boundsOf(model, DEFAULT, padded)).every(({ holds }) => holds)).toBe(held);
    const { ring: planned, margins, broken } = await planFor(model, { ring, measured, padded });
    expect(broken).toEqual([]);
    expect(margins.filter(({ holds, room, kind }) => !holds || (kind !== 'entries' && room < 2 - 1e-9))).toEqual([]);
    const far = await errors(scaled, planned, query);
    expect(Math.max(...Object.values(far)), JSON.stringify(far)).toBeLessThan(0.005);
  });
});

describe('narrower where that saves, and the price is that of a real run', () => {
  test.each<[string, Scales, boolean]>([
    ['bf16-three-labels', [], false],
    ['gpt2-tied', [], true],
    ['llama-grouped', [], false],
    ['llama-grouped', [[/layers\.1\.mlp\.gate_proj/, 5000]], false],
  ])('%s, %o, padded: %s', async (name, scales, padded) => {
    await withScaled(name, scales, async (scaled) => {
      const { model, ring } = scaled;
      const query = queryOf(scaled, padded);
      const measured = await measureAll(scaled, [query]);
      const { ring: planned } = await planFor(model, { ring, measured, padded });
      const sized = { model, tokens: IDS.length, padded, reveal: model.head.reveals.compared };
      const [before, after] = [await cost({ ...sized, ring }), await cost({ ...sized, ring: planned })];
      const answer = await answered(scaled, planned, query);
      expect(after.bytes).toEqual(countBytes([answer]));
      expect(after.rounds).toBe(answer.rounds);
      expect(after.bytes.total).toBeLessThan(before.bytes.total);
      expect(after.rounds).toBeLessThanOrEqual(before.rounds);
    });
  });
});
