/** The bounds against the secure interpreter: it is right just inside them, and breaks beyond. */
import { describe, expect, test } from 'vitest';
import { argmax } from '../../src/mpc/maximum.ts';
import { rescale } from '../../src/mpc/truncate.ts';
import type { Additive, Masked } from '../../src/mpc/values.ts';
import * as bounds from '../../src/ops/bounds.ts';
import { heldWeights } from '../../src/ops/held-weights.ts';
import { ACTIVATIONS } from '../../src/ops/plain-values.ts';
import { SecureOps } from '../../src/ops/secure.ts';
import { linearInput, weighedForm } from '../../src/ops/secure-forms.ts';
import * as rings from '../../src/ops/secure-rings.ts';
import { additive as asAdditive, type Secure } from '../../src/ops/secure-values.ts';
import type { Party } from '../../src/party/party.ts';
import { linearOf } from '../../src/rings/model-ring.ts';
import type { ModelRing } from '../../src/rings/schema.ts';
import { worst } from '../mpc/numbers.ts';
import { additive, type Format, fixed, maskedReals, type Parts, run } from '../mpc/parties.ts';
import { RING } from './secure-bert.ts';

/** Values of both signs, so many at a time: just beyond a bound only some come out wrong. */
const MANY = 800;
const both = (x: number, n = MANY) => Float64Array.from({ length: n }, (_, i) => (i % 2 === 0 ? x : -x));
const additiveReals = (x: Float64Array, format: Format) => additive(fixed(x, format.frac ?? 0), format);

const LARGE: ModelRing = {
  ...RING,
  linear: { bits: 40, input: 12, weight: 13, results: 14 },
  sites: { down: { bits: 47, results: 20 } },
};

/** The interpreter with one weight of 1, for any layer. */
const opsOf = (party: Party, ring: ModelRing, weight: Masked) =>
  new SecureOps(party, {
    ring,
    weights: heldWeights(new Map(['head', 'layer.0.up', 'layer.0.down'].map((name) => [`${name}.weight`, weight]))),
  });

describe('what a linear layer gives, where it is added to the residual stream', () => {
  test.each([
    ['default rings', RING, 'layer.0.up', 2 ** 13],
    ['small rings', LARGE, 'layer.0.up', 2 ** 13],
    ['a place with results of its own', LARGE, 'layer.0.down', 2 ** 20],
    ['the largest rings', { ...RING, linear: { bits: 64, input: 18, weight: 18, results: 30 } }, 'head', 2 ** 25],
  ] as const)('%s', async (_, ring, name, most) => {
    const linear = linearOf(ring, name);
    const stored = { bits: linear.bits, frac: linear.weight };
    const input = { bits: 52, frac: ring.linear.input };
    expect(bounds.formBound(weighedForm(linearInput(input, stored, linear), stored))).toEqual({ most });
    const error = async (x: number) => {
      const values = both(x);
      const parts: [Parts<Masked>, Parts<Masked>, Parts<Additive>] = [
        maskedReals(values, { ...input, bits: 64, shape: [MANY, 1] }),
        maskedReals([1], { ...stored, shape: [1, 1] }),
        additiveReals(new Float64Array(MANY), { bits: 64, frac: 18, shape: [MANY, 1] }),
      ];
      const { reals } = await run(parts, async (p, v, weight, stream) => {
        const ops = opsOf(p, ring, weight);
        return asAdditive(p, await ops.add('layer.0', stream, await ops.linear(v, name)));
      });
      return worst(reals, values);
    };
    expect(await error(most * 0.9999)).toBeLessThan(2 ** -11);
    expect(await error(most * 1.1)).toBeGreaterThan(1); // each of them with a chance of 1 in 20
  });
});

describe('a truncation of what is no product', () => {
  test.each([
    ['embeddings, for the residual stream', { bits: 32, frac: 18 }, { bits: 64, frac: 18 }, 2 ** 12],
    ['a gain, for the residual stream', { bits: 52, frac: 36 }, { bits: 64, frac: 18 }, 2 ** 14],
    ['a table with other fractional bits', { bits: 40, frac: 24 }, { bits: 64, frac: 24 }, 2 ** 14],
  ])('%s', async (_, from, to, most) => {
    expect(bounds.formBound(from)).toEqual({ most });
    const error = async (x: number) => {
      const values = both(x);
      return worst((await run([additiveReals(values, from)], (p, v) => rescale(p, v, to))).reals, values);
    };
    expect(await error(most * 0.9999)).toBeLessThan(2 ** (1 - to.frac));
    expect(await error(most * 1.1)).toBeGreaterThan(1);
  });
});

const onlyAdditive = (x: Secure): Additive => x as Additive;

describe.each([10, 20])('an activation of inputs below 2^%i', (integers) => {
  test.each([
    ['gelu', 3.6],
    ['gelu_new', 3.6],
    ['silu', 11],
    ['relu', 0],
    ['tanh', 5],
  ] as const)('%s, less %d', async (kind, reach) => {
    const { most } = bounds.activationBound(kind, integers);
    expect(most).toBeCloseTo(2 ** integers - reach, 1);
    const ring = { ...RING, integers: { ...RING.integers, activation: 7 }, sites: { 'up.activation': { integers } } };
    const error = async (x: number) => {
      const values = both(x);
      const { reals } = await run([additiveReals(values, { bits: 60, frac: 36, shape: [1, MANY] })], (p, v: Additive) =>
        new SecureOps(p, { ring, weights: heldWeights(new Map()) })
          .activation(v, kind, 'layer.0.up')
          .then(onlyAdditive),
      );
      return worst(reals, values.map(ACTIVATIONS[kind]));
    };
    expect(await error(most - 0.001)).toBeLessThan(0.003);
    expect(await error(most + 0.05)).toBeGreaterThan(0.9);
  });
});

test.each([14, 20])('a product below 2^%i', async (integers) => {
  const { most } = bounds.integersBound(integers);
  const ring = { ...RING, integers: { ...RING.integers, product: integers } };
  const error = async (x: number) => {
    const [first, second] = [both(x / 4), new Float64Array(MANY).fill(4)];
    const parts: [Parts<Additive>, Parts<Additive>, Parts<Masked>] = [
      additiveReals(first, { bits: 40, frac: 14, shape: [MANY, 1] }),
      additiveReals(second, { bits: 51, frac: 36, shape: [MANY, 1] }),
      maskedReals([1], { bits: 64, frac: 18, shape: [1, 1] }),
    ];
    const wide = { ...ring, linear: { bits: 64, input: 18, weight: 18, results: 26 } };
    const { reals } = await run(parts, async (p, a, b, weight) => {
      const ops = opsOf(p, wide, weight);
      return onlyAdditive(await ops.linear(await ops.multiply(a, b, 'layer.0.gate'), 'layer.0.down'));
    });
    return worst(
      reals,
      first.map((v) => 4 * v),
    );
  };
  expect(await error(most * 0.9999)).toBeLessThan(most * 2 ** -15 + 2 ** -10);
  expect(await error(most * 1.1)).toBeGreaterThan(1);
});

test.each([10, 20])('logits below 2^%i that argmax compares', async (integers) => {
  const { most } = bounds.logitSpread(integers);
  expect(most).toBe(2 ** (integers + 1));
  const wins = async (gap: number) => {
    const logits = maskedReals([-100, gap - 100], { ...rings.logitsRing(integers), shape: [2] });
    const { values } = await run([logits], async (p, x: Masked) => (await argmax(p, x, 4)).index);
    return values[0]!;
  };
  expect(await wins(most - 0.01)).toEqual([1n]);
  expect(await wins(most + 0.01)).toEqual([0n]);
});

test.each([
  ['the client is shown', rings.REVEALED, bounds.REVEALED_BOUND.most],
  ['layers are shown', rings.REVEALED_LAYER, 2 ** 41],
] as const)('what %s', async (_, to, most) => {
  const shown = async (x: number) => {
    const stream = { bits: 64, frac: 18 };
    return worst((await run([additiveReals(both(x), stream)], (p, v) => rescale(p, v, to))).reals, both(x));
  };
  expect(most).toBe(2 ** (to.bits - 1 - to.frac));
  expect(await shown(most - 0.01)).toBeLessThan(1e-4);
  expect(await shown(most + 0.01)).toBeGreaterThan(most);
});

describe.each([12, 18, 24])('norms of a residual stream with %i fractional bits', (frac) => {
  const ring = { ...RING, residual: { frac } };
  test.each(['normaliseRms', 'normalise'] as const)('%s', async (norm) => {
    const { least, most } = bounds.normBound(rings.residualRing(ring)) as Required<bounds.Bound>;
    expect([least, most]).toEqual([2 ** (14 - 2 * frac), 2 ** (70 - 2 * frac)]);
    /** Rows of entries of one size: how far off the largest is that should be 1. */
    const error = async (square: number) => {
      const x = additiveReals(both(Math.sqrt(square), 4 * 64), { bits: 64, frac, shape: [4, 64] });
      const { reals } = await run([x], async (p, v: Additive) => {
        const ops = new SecureOps(p, { ring, weights: heldWeights(new Map()) });
        return (await ops[norm](v, 0, 'layer.0.norm1')) as Masked;
      });
      return worst(
        reals.map(Math.abs),
        reals.map(() => 1),
      );
    };
    expect(await error(most * 0.99)).toBeLessThan(2 ** -12);
    expect(await error(most * 1.5)).toBeGreaterThan(0.1);
    // Entries have few units here: a rounded one is off by 2^-8 itself
    expect(await error(least * 1.01)).toBeLessThan(2 ** -8);
    expect(await error(least / 8)).toBeGreaterThan(0.1);
  });
});

test('a room of bits', () => {
  const rows: [range: bounds.Bound, bound: bounds.Bound, room: number, holds: boolean][] = [
    [{ most: 8 }, { most: 64 }, 3, true],
    [{ most: 64 }, { most: 64 }, 0, false],
    [{ most: 128 }, { most: 64 }, -1, false],
    [{ most: 0 }, { most: 64 }, Number.POSITIVE_INFINITY, true],
    [{ least: 2, most: 8 }, { least: 1, most: 64 }, 1, true],
    [{ least: 1, most: 8 }, { least: 1, most: 64 }, 0, true],
    [{ least: 0.25, most: 8 }, { least: 1, most: 64 }, -2, false],
    [{ most: Number.POSITIVE_INFINITY }, { most: 64 }, Number.NEGATIVE_INFINITY, false],
  ];
  for (const [range, bound, room, holds] of rows) {
    expect([bounds.headRoom(range, bound), bounds.holds(range, bound)]).toEqual([room, holds]);
  }
});
