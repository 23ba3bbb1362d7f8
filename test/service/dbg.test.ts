import { join } from 'node:path';
import { test, expect } from 'vitest';
import type { Ring } from '../../src/loaders/rings.ts';
import { writeShares } from '../../src/loaders/shares.ts';
import { differences, inferPlain } from '../../src/service/plain.ts';
import { boundsOf, marginsOf } from '../../src/service/ranges.ts';
import { withTempFolder } from '../../src/service/temp.ts';
import { golden, measureAll, planFor, weightsOf, withScaled } from './planned.ts';
import { kernels, serving } from './together.ts';
const IDS = [7, 1, 4, 11, 12];
async function errors(scaled, ring: Ring, query) {
  const { model, config, read } = scaled;
  const plain = await inferPlain({ kernels, model, weights: weightsOf(scaled) }, query);
  return withTempFolder(async (folder) => {
    const out = join(folder, 'shares');
    await writeShares({ plan: model.plan(), read, model: { name: 'scaled', architecture: model.architecture, config }, ring, out, kernels, reveal: 'logits' });
    const { client } = await serving(model, out, ring, true);
    const answer = await client.infer(query);
    await client.close();
    const sizes = new Map([...plain.layers, ['output', plain.output]].map(([name, data]) => [name, Math.max(...(data as Float32Array).map(Math.abs))]));
    return differences(plain, answer.layers, answer.output, 'output').map(({ name, max }) => `${name} ${(max / sizes.get(name)!).toExponential(1)} of ${sizes.get(name)}`).join('  ');
  });
}
test('dbg', async () => {
  for (const [factor, values, bits, results] of [[1, 10, 52, 14], [500, 14, 57, 18],[5000, 17, 60, 20], [5000, 20, 60, 20], [50000, 20, 60, 20], [50000, 22, 64, 24], [50000, 24, 64, 24]])
  await withScaled(golden('llama-grouped'), [[/layers\.0\.self_attn\.v_proj/, factor!]], async (scaled) => {
    const query = { ids: IDS, types: IDS.map(() => 0), layers: true, reveal: 'every' as const };
    const base = scaled.found.ring;
    const ring = { ...base, linear: { ...base.linear, bits: bits!, results: results! }, integers: { ...base.integers, values: values! } };
    const measured = await measureAll(scaled, [query]);
    console.log(factor, values, bits, results, marginsOf(measured, await boundsOf(scaled.model, ring, false)).slice(0, 2).map((m) => `${m.site} ${m.room}`), await errors(scaled, ring, query));
  });
});
