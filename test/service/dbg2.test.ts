import { test } from 'vitest';
import { softmaxWeights } from '../../src/ops/secure-softmax.ts';
import { attentionRings } from '../../src/ops/secure-rings.ts';
import { equalRows } from '../../src/mpc/maximum.ts';
import { maskedReals, run } from '../mpc/parties.ts';
test('dbg2', async () => {
  for (const longest of [256, 512, 1024, 2048, 4096]) {
    const rings = attentionRings({ scores: 11, values: 10 }, longest, false);
    const x = Float64Array.from({ length: 16 }, (_, i) => -i);
    const s = maskedReals(x, { ...rings.score, shape: [1, 16] });
    const { reals } = await run([s], (p, v) => softmaxWeights(p, v, equalRows(1, 16), rings));
    console.log(longest, rings.weight, Array.from(reals).slice(0, 6));
  }
});
