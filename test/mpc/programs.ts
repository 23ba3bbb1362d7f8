/** Every protocol on two inputs that could hardly differ more: for tests of what its messages tell. */
import { allOf } from '../../src/mpc/bits.ts';
import { below } from '../../src/mpc/compare.ts';
import { exp2Neg, expNeg } from '../../src/mpc/exp.ts';
import { gate, relu, tanh } from '../../src/mpc/gate.ts';
import { drop, reshape, slice } from '../../src/mpc/local.ts';
import { argmax, equalRows, rowMax } from '../../src/mpc/maximum.ts';
import { power, type Range } from '../../src/mpc/power.ts';
import { matmul, product, rowDot } from '../../src/mpc/product.ts';
import { remask } from '../../src/mpc/remask.ts';
import { andNot, select, toRing } from '../../src/mpc/select.ts';
import { streamedMatmul } from '../../src/mpc/streamed.ts';
import { lift, settle, truncate } from '../../src/mpc/truncate.ts';
import { Additive, type Masked, type SharedBits } from '../../src/mpc/values.ts';
import { RangeChecks } from '../../src/ops/secure-check.ts';
import { normalise, normaliseRms } from '../../src/ops/secure-norm.ts';
import { attentionRings, NORM } from '../../src/ops/secure-rings.ts';
import { inverseSums, softmaxWeights } from '../../src/ops/secure-softmax.ts';
import type { Party } from '../../src/party/party.ts';
import { additive, type Draw, type Format, masked, type Parts, type Result, shared } from './parties.ts';
import { stream } from './streams.ts';

export type Program = {
  name: string;
  /** The first and the second input. */
  inputs: [number, number];
  parts(x: number, draw?: Draw): Parts<Masked | Additive | SharedBits>[];
  run(party: Party, ...own: never[]): Promise<Result | readonly Result[]>;
};

export const N = 128;

const all = (x: number, frac = 0) => Array.from({ length: N }, () => BigInt(Math.round(x * 2 ** frac)));
const mask = (format: Format) => (x: number, draw?: Draw) => masked(all(x, format.frac), format, draw);
const half = (format: Format) => (x: number, draw?: Draw) => additive(all(x, format.frac), format, draw);
const bit = (x: number, draw?: Draw) => shared(Array<number>(N).fill(x), draw);
const flipped = (x: number, draw?: Draw) => bit(1 - x, draw);
const rising = (format: Format) => (x: number, draw?: Draw) =>
  masked(
    all(0).map((_, i) => BigInt(Math.round(x * i * 2 ** (format.frac ?? 0)))),
    format,
    draw,
  );

const K64 = { bits: 64, frac: 18 };
const SMALL = { bits: 28, frac: 14 };
const LINEAR = { bits: 52, frac: 18 };
/** Of scores below 2^20. */
const ATTENTION = attentionRings({ scores: 20, values: 10 }, 512, false);
/** Of a number that is read twice, in parts that follow each other. */
const READINGS: [Format & { frac: number }, Format & { frac: number }] = [
  { bits: 24, frac: 18 },
  { bits: 14, frac: 4 },
];
const RANGES: [Range, Range] = [
  { low: 0, high: 4 },
  { low: 4, high: 8 },
];

type One = (x: number, draw?: Draw) => Parts<Masked | Additive | SharedBits>;
const program = <T extends readonly unknown[]>(
  name: string,
  inputs: [number, number],
  makes: One[],
  run: (party: Party, ...own: T) => Promise<Result | readonly Result[]>,
): Program => ({ name, inputs, parts: (x, draw) => makes.map((make) => make(x, draw)), run: run as never });

export const PROGRAMS: readonly Program[] = [
  program('remask', [0, -1e9], [half(K64)], (p, z: Additive) => remask(p, z)),
  program('product', [0, -8e6], [mask(K64), mask(K64)], async (p, x: Masked, y: Masked) =>
    remask(p, await product(p, x, y)),
  ),
  program('inner products', [0, 1e3], [mask(K64), mask(K64)], async (p, x: Masked, y: Masked) =>
    remask(p, await rowDot(p, x, y, 4)),
  ),
  program('matmul', [0, 1e3], [mask(K64), mask(K64)], async (p, x: Masked, y: Masked) =>
    remask(p, await matmul(p, x, y, { batch: 1, m: 8, k: 16, n: 8 })),
  ),
  program('matmul, streamed', [0, 1e3], [mask(K64), mask(K64)], async (p, x: Masked, y: Masked) =>
    remask(p, await streamedMatmul(p, reshape(x, [8, 16]), stream(p, reshape(y, [8, 16]), 3), true)),
  ),
  program('truncate', [0, -1e13], [half(K64)], (p, z: Additive) => truncate(p, z, 18)),
  program('settle, free', [0, 2000], [half({ bits: 52, frac: 36 })], (p, z: Additive) => settle(p, z, SMALL)),
  program('lift', [0, -8191], [half({ bits: 32, frac: 16 })], (p, z: Additive) => lift(p, z, 64)),
  program('drop', [0, 200], [mask(SMALL)], async (p, x: Masked) => drop(p, x, 5)),
  program('compare', [-100, 100], [mask({ bits: 18, frac: 9 })], (p, x: Masked) => below(p, x, [-9n, 0n])),
  program('select', [0, 1], [bit, mask(K64)], (p, b: SharedBits, x: Masked) => select(p, b, x)),
  program('bit to ring', [0, 1], [bit], (p, b: SharedBits) => toRing(p, [b], 64)),
  program('and not', [0, 1], [bit, flipped], (p, b: SharedBits, g: SharedBits) => andNot(p, b, g, 64)),
  program('and of bits', [0, 1], [bit, bit, flipped, bit, flipped], (p, ...b: SharedBits[]) =>
    allOf(p, [b, [...b].reverse()]),
  ),
  program('GeLU', [-20, 3], [mask(SMALL)], (p, x: Masked) => gate(p, x, 'gelu')),
  program('SiLU', [-20, 3], [mask(SMALL)], (p, x: Masked) => gate(p, x, 'silu')),
  program('ReLU', [-20, 3], [mask(SMALL)], (p, x: Masked) => relu(p, x)),
  program('tanh', [-20, 1], [mask(SMALL)], (p, x: Masked) => tanh(p, x)),
  program('2^-y', [0, 40], [mask({ bits: 26, frac: 14 })], (p, y: Masked) => exp2Neg(p, y)),
  program('2^-y in a large ring', [3, 2 ** 21], [mask({ bits: 36, frac: 14 })], (p, y: Masked) => exp2Neg(p, y)),
  program('exp(-y)', [0, 40], [mask(K64)], (p, y: Masked) => expNeg(p, y)),
  program('1/v', [1, 15], [mask(K64)], (p, v: Masked) =>
    power(p, [{ v, ...RANGES[0] }], { kind: 'reciprocal', fracs: [20, 28] }),
  ),
  program('1/sqrt v, read twice', [1, 200], READINGS.map(mask), (p, ...v: Masked[]) =>
    power(
      p,
      RANGES.map((range, i) => ({ v: v[i]!, ...range })),
      { kind: 'rsqrt', gain: 3 },
    ),
  ),
  program('row maximum', [-100, 100], [rising({ bits: 20 })], (p, x: Masked) => rowMax(p, x, equalRows(x.size / 4, 4))),
  program('argmax', [-100, 100], [rising({ bits: 20 })], async (p, x: Masked) => {
    const { value, index } = await argmax(p, slice(x, 0, [32]), 12);
    return [value, index];
  }),
  program('LayerNorm', [0.001, 2000], [rising(NORM.input)], (p, x: Masked) =>
    normalise(p, reshape(x, [8, N / 8]), 1e-12, LINEAR),
  ),
  program('RMSNorm', [0.001, 2000], [rising(NORM.input)], (p, x: Masked) =>
    normaliseRms(p, reshape(x, [8, N / 8]), 1e-12, LINEAR),
  ),
  program('range check', [0, 2 ** 12], [half({ bits: 51, frac: 36 })], async (p, x: Additive) => {
    const checks = new RangeChecks({});
    checks.note(p, 'linear', 'layer.0.up', new Additive([2, N / 2], x.bits, x.frac, x.share), 2 ** 10);
    return checks.counts(p);
  }),
  program('softmax', [-8000, 8000], [rising(ATTENTION.score)], async (p, x: Masked) => {
    const weights = await softmaxWeights(p, x, equalRows(8, N / 8), ATTENTION);
    return [weights, await inverseSums(p, weights, N / 8, ATTENTION)];
  }),
];
