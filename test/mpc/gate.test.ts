import { describe, expect, test } from 'vitest';
import { GELU, GELU_NEW, SILU, TANH } from '../../src/mpc/coefficients.ts';
import { gate, gateBound, gateRing, relu, tanh } from '../../src/mpc/gate.ts';
import type { Additive, Masked } from '../../src/mpc/values.ts';
import { ACTIVATIONS } from '../../src/ops/plain-values.ts';
import type { Party } from '../../src/party/party.ts';
import { ERRORS } from './errors.ts';
import { concat, grid, mean, SIZES, uniform, worst } from './numbers.ts';
import { maskedReals, run } from './parties.ts';

type Kind = keyof typeof ACTIVATIONS;
type Gate = [name: keyof typeof ERRORS, kind: Kind, reach: number, run: (p: Party, x: Masked) => Promise<Additive>];

const GATES: Gate[] = [
  ['GeLU', 'gelu', GELU.reach, (p, x) => gate(p, x, 'gelu')],
  ['GeLU, tanh form', 'gelu_new', GELU_NEW.reach, (p, x) => gate(p, x, 'gelu_new')],
  ['SiLU', 'silu', SILU.reach, (p, x) => gate(p, x, 'silu')],
  ['ReLU', 'relu', 0, relu],
  ['tanh', 'tanh', TANH.reach, tanh],
];

describe.each(GATES)('%s', (name, kind, reach, secure) => {
  const tried = async (x: Float64Array, integers = 10) => {
    const { reals } = await run([maskedReals(x, gateRing(integers))], secure);
    return { reals, want: x.map(ACTIVATIONS[kind]) };
  };
  const { bound } = ERRORS[name];

  test.each(SIZES)('%i elements', async (n) => {
    const { reals, want } = await tried(uniform(n, -20, 20));
    expect(worst(reals, want)).toBeLessThan(bound);
  });

  test('on a fine grid through both thresholds: within its bound, no bias', async () => {
    const { reals, want } = await tried(grid(-reach - 1, reach + 1, 2 ** -12));
    expect(worst(reals, want)).toBeLessThan(bound);
    expect(Math.abs(mean(reals.map((v, i) => v - want[i]!)))).toBeLessThan(1e-4);
  });

  test.each([7, 10, 12, 20])('of inputs below 2^%i, up to the ends of its domain', async (integers) => {
    const end = gateBound(integers, reach) - 2 ** -14;
    const x = concat(
      Float64Array.of(...Array(99).fill(end), ...Array(99).fill(-end)),
      uniform(10_000, -end, end),
      uniform(10_000, -20, 20),
    );
    const { reals, want } = await tried(x, integers);
    expect(worst(reals, want)).toBeLessThan(bound);
  });

  test.each([7, 10, 20])('of inputs beyond 2^%i: wrong', async (integers) => {
    const beyond = gateBound(integers, reach) + 2 ** -5; // comparisons leave out what is below 2^-7, or 2^-9
    const { reals, want } = await tried(Float64Array.of(beyond, -beyond), integers);
    expect(worst(reals, want)).toBeGreaterThan(0.9);
  });
});
