/** Models that the default rings do not hold, or hold with room to spare: planned, and then run by three parties. */
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Ring } from '../../src/loaders/rings.ts';
import { writeShares } from '../../src/loaders/shares.ts';
import { countBytes } from '../../src/service/answers.ts';
import type { Query } from '../../src/service/client.ts';
import { cost } from '../../src/service/cost.ts';
import { differences, inferPlain } from '../../src/service/plain.ts';
import { boundsOf, marginsOf } from '../../src/service/ranges.ts';
import { withTempFolder } from '../../src/service/temp.ts';
import { golden, measureAll, planFor, type Scaled, weightsOf, withScaled } from './planned.ts';
import { kernels, serving } from './together.ts';

const IDS = [7, 1, 4, 11, 12];

function queryOf({ model }: Scaled, padded = false): Query {
  const reveal = model.task === 'generate' ? { reveal: 'every' as const } : {};
  const mask = padded ? { mask: IDS.map((_, i) => (i < 3 ? 1 : 0)) } : {};
  return { ids: IDS, types: IDS.map(() => 0), layers: true, ...reveal, ...mask };
}

/** How far three parties with these rings are from the model in the clear, by layer, relative to the largest value there. */
async function errors(scaled: Scaled, ring: Ring, query: Query) {
  const { model, config, read } = scaled;
  const plain = await inferPlain({ kernels, model, weights: weightsOf(scaled) }, query);
  return withTempFolder(async (folder) => {
    const out = join(folder, 'shares');
    const named = { name: 'scaled', architecture: model.architecture, config };
    await writeShares({ plan: model.plan(), read, model: named, ring, out, kernels, reveal: 'logits' });
    const { client, ended } = await serving(model, out, ring, true);
    const answer = await client.infer(query);
    await client.close();
    expect(await Promise.all(ended)).toEqual([undefined, undefined, undefined]);
    const sizes = new Map([...plain.layers, ['output', plain.output]].map(([name, data]) => [name, Math.max(...(data as Float32Array).map(Math.abs))]));
    const far = differences(plain, answer.layers, answer.output, 'output');
    return { answer, far: far.map(({ name, max }) => ({ name, error: max / (sizes.get(name)) })) };
  });
}

type Scales = [names: RegExp, factor: number][];
const CASES: [string, Scales, padded?: boolean][] = [
  ['bf16-three-labels', []],
  ['bf16-three-labels', [], true],
  ['gpt2-tied', []],
  ['gpt2-tied', [], true],
  ['llama-grouped', []],
  ['llama-grouped', [], true],
  ['roberta-three-labels', []],
  ['bare-relu', []],
  ['gpt2-relu', []],
  ['bf16-three-labels', [[/layer\.0\.intermediate\.dense/, 5000]]],
  ['gpt2-tied', [[/h\.0\.mlp\.c_fc/, 5000]]],
  ['gpt2-tied', [[/h\.1\.mlp\.c_proj/, 100000]]],
  ['gpt2-tied', [[/wte/, 0.001], [/wpe/, 0.001]]],
  ['llama-grouped', [[/layers\.1\.mlp\.gate_proj/, 5000]]],
  ['llama-grouped', [[/layers\.0\.self_attn\.v_proj/, 50000]]],
  ['llama-grouped', [[/layers\.1\.self_attn\.q_proj/, 5000]]],
  ['llama-grouped', [[/layers\.0\.mlp\.down_proj/, 1000000]]],
  ['bf16-three-labels', [[/embeddings.*weight/, 0.0001]]],
  ['bf16-three-labels', [[/output\.LayerNorm\.weight/, 300]]],
];

test.each(CASES)('%s, %j', async (name, scales, padded = false) => {
  await withScaled(golden(name), scales, async (scaled) => {
    const query = queryOf(scaled, padded);
    const measured = await measureAll(scaled, [query]);
    const { ring, broken } = await planFor(scaled.model, scaled.found.ring, measured, 2, padded);
    console.log(name, scales, padded, broken.map(({ site, range, bound }) => [site, range, bound]));
    const { far, answer } = await errors(scaled, ring, query);
    console.log(far.map(({ name, error }) => `${name} ${error.toExponential(1)}`).join('  '), countBytes([answer]).total);
  });
});
