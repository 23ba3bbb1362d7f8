import { test } from 'vitest';
import { gate } from '../src/mpc/gate.ts';
import { normaliseRms } from '../src/ops/secure-norm.ts';
import { attentionRings } from '../src/ops/secure-rings.ts';
import { softmaxWeights, inverseSums } from '../src/ops/secure-softmax.ts';
import { exp2Neg } from '../src/mpc/exp.ts';
import { power } from '../src/mpc/power.ts';
import { ACTIVATIONS } from '../src/ops/plain-values.ts';
import { maskedReals, run, fixed, masked } from './mpc/parties.ts';
import { normal } from './mpc/numbers.ts';
const stats = (name: string, got: ArrayLike<number>, want: ArrayLike<number>) => {
  let [m, s, b, r] = [0, 0, 0, 0];
  for (let i = 0; i < got.length; i++) { const e = got[i]! - want[i]!; m = Math.max(m, Math.abs(e)); s += e * e; b += e; r = Math.max(r, Math.abs(e / want[i]!)); }
  console.log(name.padEnd(20), 'max', m.toExponential(2), 'rms', Math.sqrt(s / got.length).toExponential(2), 'bias', (b / got.length).toExponential(2), 'rel', r.toExponential(2));
};
test('x', async () => {
  const x = normal(4096, 2, 3);
  const q = fixed(x, 14).map((v) => Number(v) / 2 ** 14);
  for (const kind of ['silu', 'gelu'] as const)
    stats(kind, (await run([maskedReals(x, { bits: 26, frac: 14 })], (p, v) => gate(p, v, kind))).reals, q.map(ACTIVATIONS[kind]));
  const y = Float64Array.from({ length: 4096 }, (_, i) => (i / 4096) * 15);
  stats('exp2', (await run([maskedReals(y, { bits: 30, frac: 14 })], (p, v) => exp2Neg(p, v))).reals, fixed(y, 14).map((v) => 2 ** (-Number(v) / 2 ** 14)));
  const rings = attentionRings({ scores: 14, values: 10 }, 8192, false);
  const s = normal(64 * 16, 2, 4);
  const sm = await run([maskedReals(s, { ...rings.score })], (p, v) => softmaxWeights(p, v, Array(64).fill(16), rings));
  const want: number[] = [];
  for (let r = 0; r < 64; r++) { const row = [...s.subarray(r * 16, r * 16 + 16)]; const mx = Math.max(...row); want.push(...row.map((v) => 2 ** (v - mx))); }
  // normalised
  const norm = (e: ArrayLike<number>) => Array.from(e, (v, i) => { let t = 0; for (let j = 0; j < 16; j++) t += e[i - (i % 16) + j]!; return v / t; });
  stats('softmax E/sum', norm(sm.reals), norm(want));
  const v = Float64Array.from({ length: 1024 }, (_, i) => 1 + i / 80);
  stats('reciprocal', (await run([maskedReals(v, { bits: 64, frac: 15 })], (p, a) => power(p, [{ v: a, low: -1, high: 5 }], { kind: 'reciprocal', fracs: [40] }).then((z) => z[0]!))).reals, fixed(v, 15).map((a) => 2 ** 15 / Number(a)));
  const n = normal(8 * 576, 1, 6);
  const w = [...n].map((value, i) => { let t = 0; for (let j = 0; j < 576; j++) t += n[i - (i % 576) + j]! ** 2; return value / Math.sqrt(t / 576); });
  stats('rms', (await run([maskedReals(n, { bits: 64, frac: 18, shape: [8, 576] })], (p, a) => normaliseRms(p, a, 0, { bits: 52, frac: 18 }))).reals, w);
});
