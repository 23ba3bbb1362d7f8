/** What is measured is the protocol itself: its results are right. */
import { describe, expect, test } from 'vitest';
import { elementsOf, PROTOCOLS, partOf } from '../../src/bench/protocols.ts';
import { type Additive, Masked, type SharedBits } from '../../src/mpc/values.ts';
import { kernels, open, type Parts, three } from '../mpc/parties.ts';

type Reals = readonly number[];

/** What is shared, as real numbers. */
function reals(parts: Parts<Masked | Additive | SharedBits>): Reals {
  const [, one, two] = parts;
  if (!('frac' in one)) return open(parts).map(Number);
  const [sum, out] = [new BigUint64Array(one.size), new Float64Array(one.size)];
  if (one instanceof Masked) {
    kernels.sub(sum, one.first, one.second);
    kernels.sub(sum, sum, (two as Masked).second);
  } else kernels.add(sum, (one as Additive).share!, (two as Additive).share!);
  kernels.toFloat(out, sum, one.bits, one.frac);
  return Array.from(out);
}

const gelu = (x: number) => 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)));
const rows = (x: Reals, width: number) =>
  Array.from({ length: x.length / width }, (_, r) => x.slice(r * width, (r + 1) * width));

/** In the clear, and how far off a result may be. */
const WANTED: Record<string, [of: (x: Reals, y: Reals) => Reals, error: number]> = {
  multiply: [(x, y) => x.map((v, i) => v * y[i]!), 2e-5],
  compare: [(x) => x.map((v) => (v < 0 ? 1 : 0)), 0],
  GeLU: [(x) => x.map(gelu), 4e-3],
  SiLU: [(x) => x.map((v) => v / (1 + Math.exp(-v))), 4e-3],
  'exp(-y)': [(x) => x.map((v) => Math.exp(-v)), 2e-4],
  layer: [
    (x, gain) =>
      rows(x, 768).flatMap((row) => {
        const mean = row.reduce((a, b) => a + b) / row.length;
        const variance = row.reduce((a, b) => a + (b - mean) ** 2, 0) / row.length;
        return row.map((v, c) => ((v - mean) / Math.sqrt(variance)) * gain[c]!);
      }),
    2e-3,
  ],
  softmax: [
    (x) =>
      rows(x, 128).map((row) => {
        const max = Math.max(...row);
        return 1 / row.reduce((sum, v) => sum + 2 ** (v - max), 0);
      }),
    2e-2, // the maximum is found to 2^-6 only, which the context's weights cancel
  ],
  linear: [
    (x, w) => {
      const columns = rows(w, 768);
      const two = rows(x.slice(0, 2 * 768), 768); // of all rows: enough to tell
      return two.flatMap((row) => columns.map((column) => row.reduce((sum, v, i) => sum + v * column[i]!, 0)));
    },
    1e-3,
  ],
};

describe('protocols of puma bench', () => {
  test.each(PROTOCOLS.map((protocol) => [protocol.name, protocol] as const))('%s', async (name, protocol) => {
    const n = elementsOf(protocol, 1536);
    const inputs = protocol.inputs(n);
    const parts = await three(async (party) => inputs.map((input, i) => partOf(party, i, input)));
    const out = await three(async (party) => {
      const result = await protocol.run(party, ...parts[party.role]);
      return (Array.isArray(result) ? result[0] : result) as Masked | Additive | SharedBits;
    });
    const [x, y = []] = inputs.map((_, i) => reals(parts.map((own) => own[i]) as unknown as Parts<Masked>));
    const got = reals(out);
    const [wanted, error] = WANTED[name.split(/[, ](?!y)/)[0]!]!;
    const want = wanted(x!, y);
    expect(got.length).toBe(name.startsWith('softmax') ? n / 128 : n);
    const off = want.reduce((worst, value, i) => Math.max(worst, Math.abs(value - got[i]!)), 0);
    expect(off).toBeLessThanOrEqual(error);
  });

  test.each([
    ['multiply and truncate, 64 bit', 1000, 1000],
    ['softmax, rows of 128', 1000, 896],
    ['softmax, rows of 128', 1, 128],
    ['layer norm, rows of 768', 1e6, 999_936],
    ['linear layer 128 x 768 x 3072, 64 bit, truncated', 1, 128 * 3072],
  ])('%s: %i elements asked, %i run', (name, asked, elements) => {
    expect(elementsOf(PROTOCOLS.find((one) => one.name === name)!, asked)).toBe(elements);
  });
});
