/** Protocols to be measured by themselves, on numbers that anybody may know. */

import { below } from '../mpc/compare.ts';
import { expNeg } from '../mpc/exp.ts';
import { gate } from '../mpc/gate.ts';
import { equalRows } from '../mpc/maximum.ts';
import { mirroredMatmul } from '../mpc/mirror.ts';
import { product } from '../mpc/product.ts';
import { settle } from '../mpc/truncate.ts';
import { Masked, type Shape } from '../mpc/values.ts';
import { normalise } from '../ops/secure-norm.ts';
import { activationRing, attentionRings, NORM } from '../ops/secure-rings.ts';
import { inverseSums, softmaxWeights } from '../ops/secure-softmax.ts';
import type { Party } from '../party/party.ts';
import { toFixedLanes, uniformLanes } from './made-up.ts';
import { OTHERS, type Other } from './published.ts';

export type Protocol = {
  name: string;
  /** Elements come in whole rows of so many. */
  row?: number;
  /** So many elements, whatever is asked. */
  elements?: number;
  inputs(n: number): Input[];
  run(party: Party, ...own: Masked[]): Promise<unknown>;
  /** The same with other systems. */
  others?: readonly Other[];
};

/** Uniform numbers between low and high, as fixed point. */
export type Input = { shape: Shape; bits: number; frac: number; low: number; high: number };

const K64 = { bits: 64, frac: 18 };
const LINEAR = { bits: 52, frac: 18 };
const [COLS, WIDTH] = [128, 768];
/** As BERT-base has them. */
const INTEGERS = { scores: 11, values: 10, activation: 10 };
const ATTENTION = attentionRings(INTEGERS, 512, false);
const [M, K, N] = [128, 768, 3072];

const real = (shape: Shape, format: { bits: number; frac: number }, low = -1, high = 1): Input => ({
  shape,
  ...format,
  low,
  high,
});

const compare = (bits: number, others?: readonly Other[]): Protocol => ({
  name: `compare, ${bits} bit`,
  inputs: (n) => [real([n], { bits, frac: bits - 2 })],
  run: (p, x) => below(p, x!, [0n]),
  ...(others ? { others } : {}),
});

const linear = (ring: { bits: number; frac: number }, others?: readonly Other[]): Protocol => ({
  name: `linear layer ${M} x ${K} x ${N}, ${ring.bits} bit, truncated`,
  elements: M * N,
  inputs: () => [real([M, K], ring), real([N, K], ring)],
  run: async (p, x, w) =>
    settle(p, await mirroredMatmul(p, x!, w!, { batch: 1, m: M, k: K, n: N, transposeB: true }), K64),
  ...(others ? { others } : {}),
});

const activation = (name: string, kind: 'gelu' | 'silu', others?: readonly Other[]): Protocol => ({
  name,
  inputs: (n) => [real([n], activationRing(INTEGERS.activation), -9, 9)],
  run: (p, x) => gate(p, x!, kind),
  ...(others ? { others } : {}),
});

export const PROTOCOLS: readonly Protocol[] = [
  linear(K64, OTHERS.matmul),
  linear(LINEAR),
  {
    name: 'multiply and truncate, 64 bit',
    inputs: (n) => [real([n], K64), real([n], K64)],
    run: async (p, x, y) => settle(p, await product(p, x!, y!), K64),
    others: OTHERS.multiply,
  },
  compare(64, OTHERS.compare),
  compare(18),
  activation('GeLU', 'gelu', OTHERS.gelu),
  activation('SiLU', 'silu'),
  { name: 'exp(-y)', inputs: (n) => [real([n], K64, 0, 20)], run: (p, y) => expNeg(p, y!) },
  {
    name: `softmax, rows of ${COLS}`,
    row: COLS,
    inputs: (n) => [real([n], ATTENTION.score, -30, 30)],
    run: async (p, x) =>
      inverseSums(p, await softmaxWeights(p, x!, equalRows(x!.size / COLS, COLS), ATTENTION), COLS, ATTENTION),
    others: OTHERS.softmax,
  },
  {
    name: `layer norm, rows of ${WIDTH}`,
    row: WIDTH,
    inputs: (n) => [real([n / WIDTH, WIDTH], NORM.input), real([WIDTH], { bits: 48, frac: 18 })],
    run: async (p, x, gain) => product(p, await normalise(p, x!, 1e-12, LINEAR), gain!),
  },
];

/** How many elements of a protocol are run when about so many are asked for. */
export function elementsOf({ row = 1, elements }: Protocol, asked: number): number {
  return elements ?? Math.max(1, Math.floor(asked / row)) * row;
}

/** This party's part of an input. All parties make all parts from a public stream: nothing here is secret. */
export function partOf({ role, kernels }: Party, index: number, { shape, bits, frac, low, high }: Input): Masked {
  const n = shape.reduce((a, b) => a * b, 1);
  const [l1, l2] = [uniformLanes(kernels, 3 * index, n), uniformLanes(kernels, 3 * index + 1, n)];
  if (role === 0) return new Masked(shape, bits, frac, l1, l2);
  const m = toFixedLanes(kernels, uniformLanes(kernels, 3 * index + 2, n), { bits, frac, low, high });
  kernels.add(m, m, l1);
  kernels.add(m, m, l2);
  kernels.reduce(m, m, bits);
  return new Masked(shape, bits, frac, m, role === 1 ? l1 : l2);
}
